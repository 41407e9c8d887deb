import type { SecureVersion } from 'node:tls';
import { type TcpEndpoint, TlsMode, TlsVerification } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import type { TlsTrust } from '@consolemesh/tls';

const modes = {
  [TlsMode.FROM_FIRST_BYTE]: 'from-first-byte',
  [TlsMode.VENCRYPT]: 'vencrypt',
} as const;

const verifications = {
  [TlsVerification.CA]: 'ca',
  [TlsVerification.PIN]: 'pin',
  [TlsVerification.NONE]: 'none',
} as const;

const versions: readonly string[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Whether and how a machine is spoken to through TLS. */
export type EndpointTls =
  | { readonly mode: 'none' }
  | ({ readonly mode: 'from-first-byte' | 'vencrypt' } & TlsTrust);

/** TLS of an endpoint as our libraries take it. Throws PLUGIN_ANSWER_INVALID. */
export function endpointTls({ tls, host }: TcpEndpoint): EndpointTls {
  const mode = modes[tls?.mode as keyof typeof modes] as (typeof modes)[keyof typeof modes] | undefined;
  if (!tls || mode === undefined) return { mode: 'none' };
  const verify = verifications[tls.verification as keyof typeof verifications] ?? 'system';
  const minimum = tls.minimumVersion || 'TLSv1.2';
  if (!versions.includes(minimum)) {
    throw new MeshError('PLUGIN_ANSWER_INVALID', `The endpoint asks for TLS ${JSON.stringify(minimum)}.`);
  }
  return {
    mode,
    verify,
    servername: tls.serverName || host,
    minVersion: minimum as SecureVersion,
    ...(verify === 'ca' ? { ca: tls.caPem } : {}),
    ...(verify === 'pin' ? { sha256Pin: tls.sha256Pin } : {}),
  };
}
