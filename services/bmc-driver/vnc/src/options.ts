import type { Driver, Node } from '@consolemesh/driver-sdk';
import type { Violation } from '@consolemesh/errors';
import { parseSecurity, securityWords } from './parse-security.ts';

/** driver_info of a node, after the schema. */
export interface VncInfo {
  readonly vnc_address: string;
  readonly vnc_port: number;
  readonly vnc_security: string;
  readonly vnc_verify?: 'system' | 'ca' | 'pin' | 'none';
  readonly vnc_ca?: string;
  readonly vnc_pin?: string;
  readonly vnc_server_name?: string;
  readonly vnc_tls_minimum: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly vnc_username?: string;
  readonly vnc_max_sessions: number;
}

/** driver_secrets of a node. */
export interface VncSecrets {
  readonly vnc_password?: string;
}

export type VncNode = Node<VncInfo, VncSecrets>;

const hostPattern =
  '^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.-]+)?)$';

/** The options of this driver; its README's tables are made from them. */
export const options: Driver<VncInfo, VncSecrets>['options'] = {
  driver_info: {
    type: 'object',
    required: ['vnc_address'],
    properties: {
      vnc_address: {
        type: 'string',
        description: 'Where the VNC server is.',
        pattern: hostPattern,
        expects: 'a host name or an IP address, an IPv6 address without brackets',
      },
      vnc_port: { type: 'integer', description: 'Its TCP port.', minimum: 1, maximum: 65535, default: 5900 },
      vnc_security: {
        type: 'string',
        description:
          'What may protect and prove: `any` (whatever is strongest, never a password in clear text), or a list. `tls` is TLS from the first byte (iDRAC); `tls-…` is encrypted but proves no server, which is shown with the console; `x509-…` also proves the server by its certificate.',
        expects: `any, or a comma-separated list of ${securityWords.join(', ')}`,
        default: 'any',
      },
      vnc_verify: {
        type: 'string',
        description:
          'How the certificate is judged. Without it: `pin` when there is a `vnc_pin`, `ca` when there is a `vnc_ca`, else `system`. `none` trusts anybody in the middle and is shown with the console.',
        enum: ['system', 'ca', 'pin', 'none'],
      },
      vnc_ca: {
        type: 'string',
        description: 'The authorities to trust: the text of a PEM file, not its path.',
        pattern: '-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----',
        expects: 'the text of a PEM file with at least one certificate (the text itself, not a path)',
      },
      vnc_pin: {
        type: 'string',
        description: 'SHA-256 fingerprint of the server’s certificate.',
        pattern: '^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$',
        expects: '64 hexadecimal digits, with or without colons',
      },
      vnc_server_name: {
        type: 'string',
        description: 'Name that the certificate has to carry, where it is not `vnc_address`.',
        pattern: hostPattern,
        expects: 'a host name or an IP address',
      },
      vnc_tls_minimum: {
        type: 'string',
        description:
          'Lowest version of TLS. Older than TLSv1.2 is weak: lower it for single old machines only.',
        enum: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
        default: 'TLSv1.2',
      },
      vnc_username: {
        type: 'string',
        description: 'User name, for `tls-plain` and `x509-plain`.',
        maxLength: 255,
      },
      vnc_max_sessions: {
        type: 'integer',
        description: 'Clients that the server bears at once (an iDRAC: 2).',
        minimum: 1,
        maximum: 64,
        default: 4,
      },
    },
  },
  driver_secrets: {
    type: 'object',
    properties: {
      vnc_password: {
        type: 'string',
        description: 'The server’s password. VNC authentication uses its first eight characters only.',
        maxLength: 255,
      },
    },
  },
};

/** Mistakes that lie in how options go together. */
export function inspectOptions({ info, secrets }: Node<Partial<VncInfo>, Partial<VncSecrets>>): Violation[] {
  const mistakes: Violation[] = [];
  const mistake = (field: string, reason: Violation['reason'], message: string) =>
    mistakes.push({ field, reason, message });
  const security = parseSecurity(info.vnc_security ?? 'any');
  for (const message of security.mistakes) mistake('driver_info.vnc_security', 'FIELD_INVALID', message);

  const { vnc_verify: verify, vnc_ca: ca, vnc_pin: pin } = info;
  if (verify === 'ca' && !ca)
    mistake(
      'driver_info.vnc_ca',
      'FIELD_REQUIRED',
      'is not set; vnc_verify is ca, so expected the text of a PEM file',
    );
  if (verify === 'pin' && !pin) {
    mistake(
      'driver_info.vnc_pin',
      'FIELD_REQUIRED',
      'is not set; vnc_verify is pin, so expected the SHA-256 fingerprint of the certificate',
    );
  }
  if (!verify && ca && pin) {
    mistake(
      'driver_info.vnc_verify',
      'FIELD_REQUIRED',
      'is not set, and vnc_ca and vnc_pin are both; say which of them counts: ca or pin',
    );
  }
  if (security.needsUser && !info.vnc_username) {
    mistake(
      'driver_info.vnc_username',
      'FIELD_REQUIRED',
      'is not set; every security that vnc_security allows asks for a user name',
    );
  }
  if (security.needsPassword && secrets.vnc_password === undefined) {
    mistake(
      'driver_secrets.vnc_password',
      'FIELD_REQUIRED',
      'is not set; every security that vnc_security allows asks for a password',
    );
  }
  return mistakes;
}
