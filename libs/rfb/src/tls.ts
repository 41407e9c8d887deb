import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  DEFAULT_CIPHERS,
  type SecureVersion,
  TLSSocket,
} from 'node:tls';
import { RfbError } from './errors.ts';

/** How to trust the server's certificate. */
export interface TlsTrust {
  /**
   * `system`: Node's root certificates and the name (needs `servername`); `ca`: chain to `ca`, and the name if
   * `servername` is given; `pin`: SHA-256 of the certificate itself; `none`: encrypt only. Default `system`.
   */
  verify?: 'system' | 'ca' | 'pin' | 'none' | undefined;
  /** PEM; for `ca`. */
  ca?: string | undefined;
  /** SHA-256 of the certificate's DER form, hex, with or without colons; for `pin`. */
  sha256Pin?: string | undefined;
  /** DNS name or IP address to find in the certificate. DNS names are sent as SNI. */
  servername?: string | undefined;
  /** Default TLSv1.2. Lowering it to TLSv1 or TLSv1.1 also admits the ciphers those need. */
  minVersion?: SecureVersion | undefined;
  clientCert?: { key: string; cert: string } | undefined;
}

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
  const verify = trust.verify ?? 'system';
  const name = trust.servername;
  requireSettings(verify, trust);
  const old = trust.minVersion === 'TLSv1' || trust.minVersion === 'TLSv1.1';
  const tls = await handshake(
    connect({
      socket: stream as Socket,
      // Judged below, so that the error can name the fingerprint that was presented.
      rejectUnauthorized: false,
      checkServerIdentity: (_host, cert) =>
        name === undefined ? undefined : checkServerIdentity(name, cert),
      minVersion: trust.minVersion ?? 'TLSv1.2',
      ...(name !== undefined && isIP(name) === 0 && { servername: name }),
      ...(verify === 'ca' && { ca: trust.ca }),
      ...(old && { ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` }),
      ...trust.clientCert,
    }),
    signal,
  );
  const fingerprint =
    tls.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() ?? 'none';
  const problem = judge(tls, verify, trust, fingerprint);
  if (problem !== undefined) {
    tls.destroy();
    throw new RfbError('CERTIFICATE_MISMATCH', `${problem}; it presented SHA-256 ${fingerprint}`, {
      fingerprint,
    });
  }
  return tls;
}

function requireSettings(verify: NonNullable<TlsTrust['verify']>, trust: TlsTrust): void {
  const missing =
    verify === 'system' && trust.servername === undefined
      ? "verify 'system' needs `servername`: without a name any public certificate would pass"
      : verify === 'ca' && trust.ca === undefined
        ? "verify 'ca' needs `ca`"
        : verify === 'pin' && !/^([0-9a-f]{2}:?){32}$/i.test(trust.sha256Pin ?? '')
          ? "verify 'pin' needs `sha256Pin`: 64 hex digits"
          : undefined;
  if (missing !== undefined) throw new RfbError('TLS_FAILED', `TLS settings: ${missing}`);
}

function judge(
  tls: TLSSocket,
  verify: NonNullable<TlsTrust['verify']>,
  trust: TlsTrust,
  fingerprint: string,
): string | undefined {
  if (verify === 'none') return undefined;
  if (verify === 'pin') {
    const pin = trust.sha256Pin?.replaceAll(':', '').toLowerCase();
    return pin === fingerprint ? undefined : "the server's certificate is not the pinned one";
  }
  if (tls.authorized) return undefined;
  return `the server's certificate is not trusted (${String(tls.authorizationError)})`;
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
  event: 'secureConnect' | 'secure' = 'secureConnect',
): Promise<TLSSocket> {
  // Also keeps late errors of a destroyed socket from becoming uncaught; harmless for the next owner.
  tls.on('error', () => {});
  const onAbort = () => tls.destroy();
  const hungUp = new Promise<never>((_, reject) => {
    tls.once('close', () => reject(new Error('the peer closed the connection')));
  });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([once(tls, event), hungUp]);
    return tls;
  } catch (error) {
    tls.destroy();
    if (signal.aborted) throw error;
    const text = (error as Error).message;
    const plain = /wrong version number|packet length too long/i.test(text)
      ? ': the peer does not speak TLS here, it may expect a plain connection'
      : '';
    throw new RfbError('TLS_FAILED', `TLS handshake failed (${shorten(text)})${plain}`, { cause: error });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** OpenSSL texts look like `C0…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../x.c:354:`. */
function shorten(text: string): string {
  return /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(text)?.[1] ?? text.trim();
}
