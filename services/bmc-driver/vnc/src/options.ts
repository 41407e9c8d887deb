import { type Driver, hostOption, inspectTrust, type Node, trustOptions } from '@consolemesh/driver-sdk';
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

/** The options of this driver; its README's tables are made from them. */
export const options: Driver<VncInfo, VncSecrets>['options'] = {
  driver_info: {
    type: 'object',
    required: ['vnc_address'],
    properties: {
      vnc_address: hostOption('Where the VNC server is.', { locates: true }),
      vnc_port: {
        type: 'integer',
        description: 'Its TCP port.',
        minimum: 1,
        maximum: 65535,
        default: 5900,
        'x-consolemesh-locates': true,
      },
      vnc_security: {
        type: 'string',
        description:
          'What may protect and prove: `any` (whatever is strongest, never a password in clear text), or a list. `tls` is TLS from the first byte (iDRAC); `tls-…` is encrypted but proves no server, which is shown with the console; `x509-…` also proves the server by its certificate.',
        expects: `any, or a comma-separated list of ${securityWords.join(', ')}`,
        default: 'any',
      },
      ...trustOptions('vnc'),
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

  mistakes.push(...inspectTrust('vnc', info));
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
