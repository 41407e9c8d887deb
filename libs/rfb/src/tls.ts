import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type SecureVersion, TLSSocket } from 'node:tls';
import { completeHandshake, startTls as startVerifiedTls, TlsError, type TlsTrust } from '@consolemesh/tls';
import { RfbError } from './errors.ts';

export type { TlsTrust };

/**
 * Anonymous suites, strongest first. GnuTLS servers (TigerVNC, QEMU) take the GCM ones; the CBC ones are for
 * older OpenSSL servers. `@SECLEVEL=0` because OpenSSL counts every suite without a certificate as level 0.
 */
export const ANONYMOUS_CIPHERS = [
  'ADH-AES256-GCM-SHA384',
  'ADH-AES128-GCM-SHA256',
  'ADH-AES256-SHA256',
  'AECDH-AES256-SHA',
  'AECDH-AES128-SHA',
  'ADH-AES256-SHA',
  'ADH-AES128-SHA',
  '@SECLEVEL=0',
].join(':');

/** TLS 1.3 has no anonymous suites. */
const ANONYMOUS: ConnectionOptions = {
  ciphers: ANONYMOUS_CIPHERS,
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.2',
};

/** TLS toward a server without certificate: encrypted, but open to anyone who sits in the middle. */
export function startAnonymousTls(stream: Duplex, signal: AbortSignal): Promise<TLSSocket> {
  return handshake(connect({ socket: stream as Socket, ...ANONYMOUS, rejectUnauthorized: false }), signal);
}

/**
 * TLS toward a server with a certificate. Trust is decided here, before a byte of ours follows.
 * @throws RfbError TLS_FAILED, CERTIFICATE_MISMATCH
 */
export async function startTls(stream: Duplex, trust: TlsTrust, signal: AbortSignal): Promise<TLSSocket> {
  return await startVerifiedTls(stream, trust, signal).catch(rethrow);
}

/** The server's side, for the simulator and tests. No certificate = anonymous. */
export interface TlsServerOptions {
  key?: string | undefined;
  cert?: string | undefined;
  /** Ask for a client certificate and require that it chains to this PEM. */
  clientCa?: string | undefined;
  minVersion?: SecureVersion | undefined;
}

export async function acceptTls(
  stream: Duplex,
  options: TlsServerOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { key, cert, clientCa, minVersion } = options;
  const common = { isServer: true } as const;
  const tls =
    cert === undefined
      ? new TLSSocket(stream as Socket, { ...common, ...ANONYMOUS, dhparam: 'auto' } as never)
      : new TLSSocket(stream as Socket, {
          ...common,
          ...(key !== undefined && { key }),
          cert,
          ...(minVersion !== undefined && { minVersion }),
          ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
        });
  await handshake(tls, signal, 'secure');
  // Only tls.Server judges client certificates; a bare TLSSocket leaves that to us.
  if (clientCa !== undefined && !issuedBy(tls, new X509Certificate(clientCa))) {
    tls.destroy();
    throw new RfbError('CERTIFICATE_MISMATCH', 'the client showed no certificate of the required authority');
  }
  return tls;
}

function issuedBy(tls: TLSSocket, authority: X509Certificate): boolean {
  const shown = tls.getPeerX509Certificate();
  return shown?.checkIssued(authority) === true && shown.verify(authority.publicKey);
}

async function handshake(
  tls: TLSSocket,
  signal: AbortSignal,
  event?: 'secureConnect' | 'secure',
): Promise<TLSSocket> {
  return await completeHandshake(tls, signal, event).catch(rethrow);
}

/** Callers of this library know one error type. */
function rethrow(error: unknown): never {
  if (!(error instanceof TlsError)) throw error;
  throw new RfbError(error.code, error.message, { ...error.details, cause: error });
}
