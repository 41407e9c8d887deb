import type { SecureVersion } from 'node:tls';
import { type TcpEndpoint, TlsMode, TlsVerification } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import type { ConnectOptions } from '@consolemesh/rfb';

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

/** TLS of an endpoint as the RFB library takes it. Throws PLUGIN_ANSWER_INVALID. */
export function tlsOf({ tls, host }: TcpEndpoint): NonNullable<ConnectOptions['tls']> {
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
