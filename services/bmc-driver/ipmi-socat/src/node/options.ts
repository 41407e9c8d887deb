import { type Driver, hostOption, type Node, type OptionSchema } from '@consolemesh/driver-sdk';
import type { Violation } from '@consolemesh/errors';

/** driver_info of a node, after the schema; the names are Ironic's. */
export interface IpmiInfo {
  readonly ipmi_address: string;
  readonly ipmi_port: number;
  readonly ipmi_username: string;
  readonly ipmi_priv_level: 'ADMINISTRATOR' | 'OPERATOR' | 'USER' | 'CALLBACK';
  readonly ipmi_cipher_suite: string;
  readonly ipmi_protocol_version: '2.0' | '1.5';
  readonly ipmi_terminal_port?: number;
  readonly ipmi_sol_hold: 'viewers' | 'always';
  readonly ipmi_sol_take_over: 'never' | 'stale' | 'always';
  readonly ipmi_bridging: 'no' | 'single' | 'dual';
  readonly ipmi_local_address?: string;
  readonly ipmi_target_address?: string;
  readonly ipmi_target_channel?: string;
  readonly ipmi_transit_address?: string;
  readonly ipmi_transit_channel?: string;
  readonly ipmi_force_boot_device?: string;
  readonly ipmi_disable_boot_timeout?: string;
}

/** driver_secrets of a node. */
export interface IpmiSecrets {
  readonly ipmi_password?: string;
  readonly ipmi_hex_kg_key?: string;
}

export type IpmiNode = Node<IpmiInfo, IpmiSecrets>;

const number = (description: string): OptionSchema => ({
  type: 'string',
  description,
  pattern: '^(?:0x[0-9A-Fa-f]{1,2}|[0-9]{1,3})$',
  expects: 'a number from 0 to 255, such as 0x2c',
});
const withoutEffect = (description: string): OptionSchema => ({
  type: 'string',
  description: `${description} Has no effect here; accepted so that the options of Ironic can be taken over.`,
  maxLength: 16,
});

/** The options of this driver; its README's table is made from them. */
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
        maximum: 65_535,
        default: 623,
        'x-consolemesh-locates': true,
      },
      ipmi_username: {
        type: 'string',
        description: 'User name; none is the anonymous user.',
        pattern: '^[^\\u0000-\\u001f\\u007f]{0,16}$',
        expects: 'at most 16 characters, none of them a control character',
        default: '',
      },
      ipmi_priv_level: {
        type: 'string',
        description: 'Privilege level of the session. Many BMCs want ADMINISTRATOR for the serial console.',
        enum: ['ADMINISTRATOR', 'OPERATOR', 'USER', 'CALLBACK'],
        default: 'ADMINISTRATOR',
      },
      ipmi_cipher_suite: {
        type: 'string',
        description: 'Cipher suite. `auto` lets ipmitool take 17 or 3, whichever the BMC offers.',
        pattern: '^(?:auto|[1-9]|1[0-7])$',
        expects: 'auto, or a number from 1 to 17',
        default: 'auto',
      },
      ipmi_protocol_version: {
        type: 'string',
        description: 'Version of IPMI. Serial consoles need 2.0.',
        enum: ['2.0', '1.5'],
        default: '2.0',
      },
      ipmi_terminal_port: {
        type: 'integer',
        description:
          'TCP port of this node’s socat, the same after every start. Without it one of CONSOLEMESH_SOCAT_PORT_RANGE.',
        minimum: 1,
        maximum: 65_535,
      },
      ipmi_sol_hold: {
        type: 'string',
        description:
          'When the mesh has the console: while somebody looks at it, or from enabling to disabling, so that nothing is missed; Nova’s clients find the place taken meanwhile.',
        enum: ['viewers', 'always'],
        default: 'viewers',
      },
      ipmi_sol_take_over: {
        type: 'string',
        description:
          'When somebody has the console at the BMC: `never` and `stale` wait, since ipmitool does not say whose it is, `always` takes it away without asking, as Ironic does. What this driver has left behind is ended in any case.',
        enum: ['never', 'stale', 'always'],
        default: 'stale',
      },
      ipmi_bridging: {
        type: 'string',
        description: 'How many BMCs stand between: the console of a BMC behind a BMC.',
        enum: ['no', 'single', 'dual'],
        default: 'no',
      },
      ipmi_local_address: number('Own address for bridging (`ipmitool -m`).'),
      ipmi_target_address: number('Address of the BMC behind (`-t`); needed for bridging.'),
      ipmi_target_channel: number('Channel of the BMC behind (`-b`); needed for bridging.'),
      ipmi_transit_address: number('Address of the BMC between (`-T`); needed for dual bridging.'),
      ipmi_transit_channel: number('Channel of the BMC between (`-B`); needed for dual bridging.'),
      ipmi_force_boot_device: withoutEffect('For booting.'),
      ipmi_disable_boot_timeout: withoutEffect('For booting.'),
    },
  },
  driver_secrets: {
    type: 'object',
    properties: {
      ipmi_password: {
        type: 'string',
        description: 'Password of the user; many BMCs use the first 16 characters only.',
        pattern: '^[^\\u0000\\t\\r\\n]{0,20}$',
        expects: 'at most 20 characters, no tab and no line break, which ipmitool would not take',
      },
      ipmi_hex_kg_key: {
        type: 'string',
        description: 'Key of the BMC (K_g), where it has one.',
        pattern: '^(?:[0-9A-Fa-f]{2}){20}$',
        expects: '40 hexadecimal digits',
      },
    },
  },
};

/** Options that each way of bridging needs. */
const bridgingNeeds = {
  no: [],
  single: ['ipmi_target_address', 'ipmi_target_channel'],
  dual: ['ipmi_target_address', 'ipmi_target_channel', 'ipmi_transit_address', 'ipmi_transit_channel'],
} as const;

/** Mistakes that a schema cannot express. */
export function inspectOptions({
  info,
  secrets,
}: Node<Partial<IpmiInfo>, Partial<IpmiSecrets>>): Violation[] {
  const mistakes: Violation[] = [];
  const mistake = (field: string, reason: Violation['reason'], message: string) =>
    mistakes.push({ field, reason, message });
  if (info.ipmi_protocol_version === '1.5') {
    const message = 'is 1.5; serial consoles need 2.0';
    mistake('driver_info.ipmi_protocol_version', 'FIELD_INVALID', message);
  }
  if (Buffer.byteLength(info.ipmi_username ?? '') > 16) {
    mistake('driver_info.ipmi_username', 'FIELD_INVALID', 'has more than 16 bytes in UTF-8');
  }
  if (Buffer.byteLength(secrets.ipmi_password ?? '') > 20) {
    mistake('driver_secrets.ipmi_password', 'FIELD_INVALID', 'has more than 20 bytes in UTF-8');
  }
  for (const name of bridgingNeeds[info.ipmi_bridging ?? 'no']) {
    if (info[name] !== undefined) continue;
    mistake(`driver_info.${name}`, 'FIELD_REQUIRED', `is not set; ipmi_bridging is ${info.ipmi_bridging}`);
  }
  if (secrets.ipmi_hex_kg_key !== undefined && kgOf(secrets.ipmi_hex_kg_key).includes(0)) {
    const message =
      'has a zero byte before its end, which ipmitool takes on its command line only, where everybody on the host could read the key; use the driver ipmi-sol, or give the BMC another key';
    mistake('driver_secrets.ipmi_hex_kg_key', 'FIELD_INVALID', message);
  }
  return mistakes;
}

/** The bytes of a K_g, without the zeros that it is filled up with. */
export function kgOf(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}
