import {
  type Driver,
  formatHostPort,
  hostOption,
  type Node,
  type OptionSchema,
} from '@consolemesh/driver-sdk';
import type { Violation } from '@consolemesh/errors';
import { SUITES } from '@consolemesh/ipmi';
import { parseQuirks } from './parse-quirks.ts';

/** driver_info of a node, after the schema. Names that Ironic has mean here what they mean there. */
export interface IpmiInfo {
  readonly ipmi_address: string;
  readonly ipmi_port: number;
  readonly ipmi_username: string;
  readonly ipmi_priv_level: 'CALLBACK' | 'USER' | 'OPERATOR' | 'ADMINISTRATOR';
  readonly ipmi_cipher_suite: 'auto' | '17' | '3' | '16' | '2';
  readonly ipmi_quirks: string;
  readonly ipmi_sol_encrypt: 'required' | 'preferred' | 'off';
  readonly ipmi_sol_hold: 'viewers' | 'always';
  readonly ipmi_sol_take_over: 'never' | 'stale' | 'always';
  readonly ipmi_sol_reclaim: 'never' | 'idle' | 'always';
  readonly ipmi_keepalive_seconds: number;
  readonly ipmi_protocol_version: '2.0' | '1.5';
  readonly ipmi_bridging: 'no' | 'single' | 'dual';
  readonly ipmi_terminal_port?: string;
  readonly ipmi_force_boot_device?: string;
  readonly ipmi_disable_boot_timeout?: string;
}

/** driver_secrets of a node. */
export interface IpmiSecrets {
  readonly ipmi_password?: string;
  readonly ipmi_hex_kg_key?: string;
}

export type IpmiNode = Node<IpmiInfo, IpmiSecrets>;

/** `host:port` of the BMC, for errors, and for what is kept of it. */
export function whereOf({ info }: IpmiNode): string {
  return formatHostPort(info.ipmi_address, info.ipmi_port);
}

/** Bytes that IPMI 2.0 has for a user name and for a password (sections 22.29, 22.30). */
const userBytes = 16;
const passwordBytes = 20;

const withoutEffect = (description: string): OptionSchema => ({
  type: 'string',
  description: `${description} Has no effect here; accepted so that the options of Ironic can be taken over.`,
  maxLength: 16,
});

/** The options of this driver; its README's tables are made from them. */
export const options: Driver<IpmiInfo, IpmiSecrets>['options'] = {
  driver_info: {
    type: 'object',
    required: ['ipmi_address'],
    properties: {
      ipmi_address: hostOption('Where the BMC is.', { locates: true }),
      ipmi_port: {
        type: 'integer',
        description: 'Its UDP port.',
        minimum: 1,
        maximum: 65535,
        default: 623,
        'x-consolemesh-locates': true,
      },
      ipmi_username: {
        type: 'string',
        description: 'A user of the BMC who may use serial over LAN; empty for the anonymous one.',
        maxLength: userBytes,
        default: '',
      },
      ipmi_priv_level: {
        type: 'string',
        description:
          'Privilege level of the sessions. OPERATOR is enough for the console and for power on most BMCs; who has a console can be told by name only to an ADMINISTRATOR.',
        enum: ['CALLBACK', 'USER', 'OPERATOR', 'ADMINISTRATOR'],
        default: 'ADMINISTRATOR',
      },
      ipmi_cipher_suite: {
        type: 'string',
        description:
          '`auto` takes 17 (SHA-256) and else 3 (SHA-1), as the BMC offers. 16 and 2 are the same without encryption. Suites without authentication, and those with MD5 or RC4, are never used.',
        enum: ['auto', '17', '3', '16', '2'],
        default: 'auto',
      },
      ipmi_quirks: {
        type: 'string',
        description:
          'Deviations of the BMC, by the names that ipmitool and FreeIPMI give them. `auto` finds out when a login fails in a way that one of them cures; `none` never does.',
        expects:
          'auto, none, or a comma-separated list of quirks such as auto,solpayloadsize (libs/ipmi/README.md has the names)',
        default: 'auto',
      },
      ipmi_sol_encrypt: {
        type: 'string',
        description:
          'Whether what is typed and shown is encrypted. `preferred` takes it unencrypted from a BMC that offers nothing else.',
        enum: ['required', 'preferred', 'off'],
        default: 'required',
      },
      ipmi_sol_hold: {
        type: 'string',
        description:
          'When this service has the console: while somebody looks at it, or from enabling to disabling, so that nothing is missed. Whoever uses another tool finds it taken meanwhile.',
        enum: ['viewers', 'always'],
        default: 'viewers',
      },
      ipmi_sol_take_over: {
        type: 'string',
        description:
          'When the console is wanted and somebody has it: `never` waits, `stale` takes it when its owner is no session of this BMC any more, `always` takes it. What an earlier instance of this service left behind is ended in any case.',
        enum: ['never', 'stale', 'always'],
        default: 'stale',
      },
      ipmi_sol_reclaim: {
        type: 'string',
        description:
          'When somebody takes the console away from those who look at it: `never` leaves it until it is opened anew, `idle` waits until nobody has it, `always` takes it back, three times within ten minutes.',
        enum: ['never', 'idle', 'always'],
        default: 'idle',
      },
      ipmi_keepalive_seconds: {
        type: 'integer',
        description:
          'How often the BMC is asked for a sign of life, also while the console is busy; BMCs forget sessions after 60 s, some after 30. 0 never asks: then a console that was lost is found out by typing only.',
        minimum: 0,
        maximum: 50,
        default: 15,
      },
      ipmi_protocol_version: {
        type: 'string',
        description: 'Version of IPMI. Serial over LAN needs 2.0.',
        enum: ['2.0', '1.5'],
        default: '2.0',
      },
      ipmi_bridging: {
        type: 'string',
        description: 'BMCs behind a BMC are reached by the driver ipmi-socat only.',
        enum: ['no', 'single', 'dual'],
        default: 'no',
      },
      ipmi_terminal_port: withoutEffect('There is no port for each console.'),
      ipmi_force_boot_device: withoutEffect('For booting.'),
      ipmi_disable_boot_timeout: withoutEffect('For booting.'),
    },
  },
  driver_secrets: {
    type: 'object',
    properties: {
      ipmi_password: {
        type: 'string',
        description: 'The user’s password.',
        maxLength: passwordBytes,
        expects: 'a password of at most 20 bytes: IPMI 2.0 knows no longer ones',
      },
      ipmi_hex_kg_key: {
        type: 'string',
        description: 'The key of the BMC (K_g), where one is set.',
        pattern: '^[0-9A-Fa-f]{40}$',
        expects: '40 hexadecimal digits',
      },
    },
  },
};

/** Mistakes that lie in how options go together, or in bytes. */
export function inspectOptions({
  info,
  secrets,
}: Node<Partial<IpmiInfo>, Partial<IpmiSecrets>>): Violation[] {
  const mistakes: Violation[] = [];
  const mistake = (field: string, message: string) =>
    mistakes.push({ field, reason: 'FIELD_INVALID', message });
  const tooLong = (text: string | undefined, most: number) => Buffer.byteLength(text ?? '') > most;
  if (tooLong(info.ipmi_username, userBytes)) {
    mistake('driver_info.ipmi_username', `has more than ${userBytes} bytes; IPMI 2.0 knows no longer names`);
  }
  if (tooLong(secrets.ipmi_password, passwordBytes)) {
    mistake('driver_secrets.ipmi_password', `has more than ${passwordBytes} bytes`);
  }
  const { unknown, contradicts } = parseQuirks(info.ipmi_quirks ?? 'auto');
  if (unknown.length > 0) {
    mistake('driver_info.ipmi_quirks', `names ${unknown.join(', ')}, which is no quirk that is known`);
  }
  if (contradicts) mistake('driver_info.ipmi_quirks', 'says none and names others; expected either');
  if (info.ipmi_protocol_version === '1.5') {
    mistake('driver_info.ipmi_protocol_version', 'is 1.5; serial over LAN needs 2.0');
  }
  if (info.ipmi_bridging !== undefined && info.ipmi_bridging !== 'no') {
    mistake('driver_info.ipmi_bridging', `is ${info.ipmi_bridging}; use the driver ipmi-socat for that`);
  }
  const suite = SUITES[Number(info.ipmi_cipher_suite)];
  if (suite && !suite.encrypts && info.ipmi_sol_encrypt === 'required') {
    const message = `is ${suite.id}, which does not encrypt, and ipmi_sol_encrypt is required`;
    mistake('driver_info.ipmi_cipher_suite', message);
  }
  return mistakes;
}
