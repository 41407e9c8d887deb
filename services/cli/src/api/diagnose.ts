import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { parseTarget, type Trust, wrongServer } from '@consolemesh/mesh';

/**
 * What is found where a service should be.
 * - `refused`, `unknown-name`, `unreachable`, `silent`: no connection
 * - `tls`, `plaintext`: the other end speaks the one, and this end the other
 * - `untrusted`: its certificate is of another authority, too old or too young; `wrong-identity`: it is not that of the service
 * - `refuses-us`: it ends the connection when it has seen our certificate, or that there is none
 * - `no-grpc`: something else answers
 * - `grpc`: a gRPC server answers, now at least
 */
export type Finding =
  | { readonly kind: 'refused' | 'unknown-name' | 'silent' | 'tls' | 'plaintext' }
  | { readonly kind: 'refuses-us' | 'no-grpc' | 'grpc' }
  | { readonly kind: 'unreachable' | 'untrusted' | 'wrong-identity'; readonly why: string };

/** Longest look, ms. */
const lookMs = 3_000;

class WrongIdentity extends Error {
  override name = 'WrongIdentity';
}

/**
 * Looks why a target cannot be called: opens a connection of its own and goes as far as the first frame of HTTP/2 (RFC 9113, section 3.4).
 * `service`: its name in certificates; any when undefined. Says nothing to the other end but that, and takes 3 s at the most. Undefined for
 * targets that are no host and port.
 */
export async function diagnose(target: string, trust: Trust, service?: string): Promise<Finding | undefined> {
  const where = parseTarget(target);
  if (!where) return undefined;
  const signal = AbortSignal.timeout(lookMs);
  const tcp = await openTcp(where, signal);
  if ('kind' in tcp) return tcp;
  if (trust.kind !== 'plaintext') return lookThroughTls(tcp, trust, service, signal);
  if (await speaksHttp2(tcp, signal)) return { kind: 'grpc' };
  const again = await openTcp(where, signal);
  if ('kind' in again) return again;
  return (await speaksTls(again, signal)) ? { kind: 'tls' } : { kind: 'no-grpc' };
}

async function openTcp(
  where: { host: string; port: number },
  signal: AbortSignal,
): Promise<Socket | Finding> {
  const socket = connectTcp(where);
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    socket.on('error', () => {});
    if (signal.aborted) return { kind: 'silent' };
    const { code } = error instanceof AggregateError ? error.errors.at(-1) : (error as NodeJS.ErrnoException);
    if (code === 'ECONNREFUSED') return { kind: 'refused' };
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { kind: 'unknown-name' };
    return { kind: 'unreachable', why: code ?? String(error) };
  }
}

/** Whether the other end answers the preface of HTTP/2 with its settings. */
async function speaksHttp2(socket: Socket, signal: AbortSignal): Promise<boolean> {
  const session = connectHttp2('http://localhost', { createConnection: () => socket });
  const ended = new AbortController();
  session.on('error', () => ended.abort()).on('close', () => ended.abort());
  // A session does not always notice that its socket broke, as with an alert which comes after the handshake.
  socket.on('error', () => ended.abort()).on('close', () => ended.abort());
  try {
    await once(session, 'remoteSettings', { signal: AbortSignal.any([signal, ended.signal]) });
    return true;
  } catch {
    return false;
  } finally {
    session.destroy();
    socket.destroy();
  }
}

/** Whether the other end answers a ClientHello as TLS does; what it proves is not looked at, and nothing is sent. */
async function speaksTls(socket: Socket, signal: AbortSignal): Promise<boolean> {
  const tls = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  try {
    await once(tls, 'secureConnect', { signal });
    return true;
  } catch (error) {
    // An alert is an answer, too.
    return /alert/i.test((error as Error).message);
  } finally {
    end(tls, socket);
  }
}

async function lookThroughTls(
  socket: Socket,
  trust: Exclude<Trust, { kind: 'plaintext' }>,
  service: string | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  let tls: TLSSocket | undefined;
  try {
    tls = connectTls({
      socket,
      ca: trust.ca,
      ...(trust.kind === 'mtls' ? { cert: trust.certificate, key: trust.key } : {}),
      ALPNProtocols: ['h2'],
      checkServerIdentity(_host, certificate) {
        const wrong = wrongServer(certificate, trust.trustDomain, service);
        return wrong === undefined ? undefined : new WrongIdentity(`its certificate ${wrong}`);
      },
    });
    await once(tls, 'secureConnect', { signal });
  } catch (error) {
    if (tls) end(tls, socket);
    else socket.destroy();
    return signal.aborted ? { kind: 'silent' } : ofHandshake(error as NodeJS.ErrnoException);
  }
  // A server that does not like a certificate says so after the handshake (RFC 8446, section 4.4.2.4), or just goes.
  const answers = await speaksHttp2(tls, signal);
  end(tls, socket);
  if (answers) return { kind: 'grpc' };
  return { kind: signal.aborted ? 'silent' : 'refuses-us' };
}

/** What a failed handshake means, by OpenSSL's codes of certificates and Node's of everything else. */
function ofHandshake(error: NodeJS.ErrnoException): Finding {
  const code = error.code ?? '';
  if (error instanceof WrongIdentity) return { kind: 'wrong-identity', why: error.message };
  if (/WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST|UNKNOWN_PROTOCOL/.test(code)) return { kind: 'plaintext' };
  if (/ALERT_(BAD_CERT|UNKNOWN_CA|CERT|NO_CERT|ACCESS)/.test(code)) return { kind: 'refuses-us' };
  if (/CERT|VERIFY|ISSUER|SELF_SIGNED|CRL/.test(code)) return { kind: 'untrusted', why: error.message };
  return { kind: 'no-grpc' };
}

function end(tls: TLSSocket, socket: Socket): void {
  tls.on('error', () => {});
  socket.on('error', () => {});
  tls.destroy();
  socket.destroy();
}
