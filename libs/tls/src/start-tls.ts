import { constants } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import { completeHandshake } from './complete-handshake.ts';
import { TlsError } from './errors.ts';
import { judgeCertificate, wireName } from './judge-certificate.ts';
import { requireSettings, type TlsTrust } from './trust.ts';

/**
 * TLS toward a server with a certificate. Trust is decided here, before a byte of ours follows.
 * After an error the stream is destroyed. When `signal` ended the wait, the error is not a TlsError.
 * @throws TlsError TLS_FAILED, CERTIFICATE_MISMATCH
 */
export async function startTls(stream: Duplex, trust: TlsTrust, signal: AbortSignal): Promise<TLSSocket> {
  requireSettings(trust);
  const tls = await completeHandshake(open(stream, trust), signal);
  try {
    judgeCertificate(tls, trust);
    return tls;
  } catch (error) {
    tls.destroy();
    throw error;
  }
}

function open(stream: Duplex, trust: TlsTrust): TLSSocket {
  if (stream.destroyed) throw new TlsError('TLS_FAILED', 'the peer closed the connection before TLS began');
  try {
    return connect({ socket: stream as Socket, ...connectionOptions(trust) });
  } catch (error) {
    // Node complains at once about a key and a certificate that do not fit; its text quotes neither.
    const text = (error as Error).message;
    throw new TlsError('TLS_FAILED', `TLS settings: ${text}`, { cause: error });
  }
}

/** What servers of the TLS 1.0 age need: SHA-1, short keys, and no secure renegotiation (RFC 5746). */
const OLD: ConnectionOptions = {
  ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
};

function connectionOptions(trust: TlsTrust): ConnectionOptions {
  const name = trust.servername === undefined ? undefined : wireName(trust.servername);
  const old = trust.minVersion === 'TLSv1' || trust.minVersion === 'TLSv1.1';
  return {
    // Chain and name are judged afterwards, so that the error can name the fingerprint that was presented.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    minVersion: trust.minVersion ?? 'TLSv1.2',
    // RFC 6066 section 3: no literal addresses in SNI.
    ...(name !== undefined && isIP(name) === 0 && { servername: name }),
    ...(trust.verify === 'ca' && { ca: trust.ca }),
    ...(old && OLD),
    ...trust.clientCert,
  };
}
