import {
  type Driver,
  formatHostPort,
  hostOption,
  inspectTrust,
  type Node,
  pinOption,
  trustOptions,
} from '@consolemesh/driver-sdk';
import type { Violation } from '@consolemesh/errors';

/** driver_info of a node, after the schema. */
export interface DracInfo {
  readonly drac_address: string;
  readonly drac_port: number;
  readonly drac_username: string;
  readonly drac_transport: 'auto' | 'wsman' | 'redfish';
  readonly drac_verify?: 'system' | 'ca' | 'pin' | 'none';
  readonly drac_ca?: string;
  readonly drac_pin?: string;
  readonly drac_server_name?: string;
  readonly drac_tls_minimum: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly drac_vnc_encryption: Encryption;
  readonly drac_vnc_pin?: string;
  readonly drac_vnc_timeout: number;
  readonly drac_vnc_take_over: boolean;
}

/** driver_secrets of a node. */
export interface DracSecrets {
  readonly drac_password: string;
  readonly drac_vnc_password?: string;
}

export type DracNode = Node<DracInfo, DracSecrets>;

/** `host:port` of the web server, for errors. */
export function whereOf({ info }: DracNode): string {
  return formatHostPort(info.drac_address, info.drac_port);
}

/** What `drac_vnc_encryption` may say. */
export type Encryption = 'auto' | '128' | '168' | '256' | 'off' | 'keep';

/** The options of this driver; its README's tables are made from them. */
export const options: Driver<DracInfo, DracSecrets>['options'] = {
  driver_info: {
    type: 'object',
    required: ['drac_address', 'drac_username'],
    properties: {
      drac_address: hostOption('Where the iDRAC is.', { locates: true }),
      drac_port: {
        type: 'integer',
        description: 'Port of its web server.',
        minimum: 1,
        maximum: 65535,
        default: 443,
        'x-consolemesh-locates': true,
      },
      drac_username: {
        type: 'string',
        description: 'A user of the iDRAC who may log in and configure it.',
        minLength: 1,
        maxLength: 255,
        pattern: '^[^:]+$',
        expects: 'the name of a user, without colons: HTTP ends a name there',
      },
      drac_transport: {
        type: 'string',
        description:
          'How its settings are read and written. `auto` takes WS-MAN, and Redfish where the firmware has no WS-MAN any more; which one it was is shown with the console.',
        enum: ['auto', 'wsman', 'redfish'],
        default: 'auto',
      },
      ...trustOptions('drac'),
      drac_vnc_encryption: {
        type: 'string',
        description:
          'TLS of the VNC server (`SSLEncryptionBitLength`). `auto` negotiates, `128`, `168` and `256` demand at least so many bits, `keep` leaves what is set. `off` sends screen and keys in clear text.',
        enum: ['auto', '128', '168', '256', 'off', 'keep'],
        default: 'auto',
      },
      drac_vnc_pin: pinOption(
        'SHA-256 fingerprint of the VNC server’s certificate, where it is not that of the web server.',
      ),
      drac_vnc_timeout: {
        type: 'integer',
        description:
          'Seconds after which the iDRAC throws out a viewer who sends nothing, from 60; 0 leaves what is set. Its own default, 300, throws out people who watch a boot.',
        minimum: 0,
        maximum: 10800,
        default: 10800,
      },
      drac_vnc_take_over: {
        type: 'boolean',
        description:
          'Whether a VNC server that somebody else has enabled may be given another password. It cannot be put back: an iDRAC does not tell the old one.',
        default: false,
      },
    },
  },
  driver_secrets: {
    type: 'object',
    required: ['drac_password'],
    properties: {
      drac_password: {
        type: 'string',
        description: 'The user’s password.',
        minLength: 1,
        maxLength: 255,
        expects: 'a password',
      },
      drac_vnc_password: {
        type: 'string',
        description:
          'The VNC password that this iDRAC has, or shall have. With it a VNC server that is already enabled is used as it is; without it every console gets a password of its own.',
        minLength: 1,
        maxLength: 8,
        pattern: '^[!-~]+$',
        expects:
          'a password of one to eight letters, digits and signs of ASCII: VNC authentication knows no others',
      },
    },
  },
};

/** Mistakes that lie in how options go together. */
export function inspectOptions({ info }: Node<Partial<DracInfo>, Partial<DracSecrets>>): Violation[] {
  const mistakes = inspectTrust('drac', { ...info });
  if (info.drac_vnc_pin !== undefined && info.drac_vnc_encryption === 'off') {
    mistakes.push({
      field: 'driver_info.drac_vnc_pin',
      reason: 'FIELD_INVALID',
      message:
        'is set, and drac_vnc_encryption is off: without TLS there is no certificate to compare it with',
    });
  }
  if (info.drac_vnc_timeout !== undefined && info.drac_vnc_timeout > 0 && info.drac_vnc_timeout < 60) {
    mistakes.push({
      field: 'driver_info.drac_vnc_timeout',
      reason: 'FIELD_INVALID',
      message: `is ${info.drac_vnc_timeout}; expected 0, or 60 to 10800 seconds`,
    });
  }
  return mistakes;
}
