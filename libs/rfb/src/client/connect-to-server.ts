import type { Duplex } from 'node:stream';
import { deadline } from '@consolemesh/bytes';
import { RfbError } from '../errors.ts';
import { asRfbError, conduct, openHandshake } from '../handshake.ts';
import { SECURITY, type SecurityName } from '../security-types.ts';
import { readServerInit, type ServerInit } from '../server-init.ts';
import { startTls, type TlsTrust } from '../tls.ts';
import { encodeBanner, lower, type RfbVersion, readBanner } from '../version.ts';
import { resolveAllowed } from './choose-security.ts';
import { negotiateSecurity } from './negotiate-security.ts';

/** An authenticated connection to a VNC server; the stream stands right after the verdict. */
export interface RfbAuthenticated {
  /** Use this one from here on: it is a TLSSocket when TLS was started. Unread bytes are in it. */
  stream: Duplex;
  version: RfbVersion;
  /** The server's banner as sent, without the newline. */
  banner: string;
  security: { name: SecurityName; encrypted: boolean };
  /** Names of the security types the server offered, in its order. */
  serverSecurityTypes: string[];
}

/** A connection ready to relay; the stream stands right after ServerInit. */
export interface RfbUpstream extends RfbAuthenticated {
  serverInit: ServerInit;
  /** ServerInit as it came, to forward to a viewer. */
  initBytes: Buffer;
}

export interface ConnectOptions {
  /** Undefined means "none known"; an empty password is a password (some servers ask for it). */
  password?: string | undefined;
  username?: string | undefined;
  /** Default `any`, which depends on `tls.mode`; see resolveAllowed. The strongest common type is taken. */
  allowedSecurity?: readonly SecurityName[] | 'any' | undefined;
  tls?: ({ mode: 'none' | 'from-first-byte' | 'vencrypt' } & TlsTrust) | undefined;
  /** ClientInit's flag; default true, because false makes libvncserver disconnect every other viewer. */
  shared?: boolean | undefined;
  /** For probes: stop once authenticated. The server then has no session of ours to show. */
  stopAfterAuthentication?: boolean | undefined;
  /** Highest dialect to speak. Default 3.8. */
  maxVersion?: RfbVersion | undefined;
  signal?: AbortSignal | undefined;
  /** For the whole handshake. Default 15,000 ms. */
  deadlineMs?: number | undefined;
  /** Bounds on what the server may announce. */
  maxReasonBytes?: number | undefined;
  maxNameBytes?: number | undefined;
  maxSecurityTypes?: number | undefined;
  maxDimension?: number | undefined;
}

const DEFAULT_DEADLINE_MS = 15_000;

/**
 * Our client side of the RFB handshake toward a VNC server, up to ServerInit.
 * Owns `stream` from the call on: after an error it is destroyed, after success it is `result.stream`.
 * @throws RfbError
 */
export function connectToServer(
  stream: Duplex,
  options: ConnectOptions & { stopAfterAuthentication: true },
): Promise<RfbAuthenticated>;
export function connectToServer(
  stream: Duplex,
  options?: ConnectOptions & { stopAfterAuthentication?: false | undefined },
): Promise<RfbUpstream>;
export async function connectToServer(
  stream: Duplex,
  options: ConnectOptions = {},
): Promise<RfbAuthenticated | RfbUpstream> {
  using limit = deadline(options.deadlineMs ?? DEFAULT_DEADLINE_MS, options.signal);
  const mode = options.tls?.mode ?? 'none';
  const trust = options.tls ?? {};
  const transport =
    mode === 'from-first-byte'
      ? await startTls(stream, trust, limit.signal).catch((error: unknown) => {
          stream.destroy();
          throw asRfbError(error, { awaiting: 'the TLS handshake', deadline: limit });
        })
      : stream;
  const h = openHandshake(transport, limit, mode === 'from-first-byte');
  // `await` matters: without it the deadline would be disposed before the handshake has begun.
  return await conduct(h, async () => {
    const { banner, version: theirs } = await readBanner(h).catch((error: unknown) => {
      throw mode === 'none' ? withTlsHint(asRfbError(error, h)) : error;
    });
    const version = lower(theirs, options.maxVersion ?? '3.8');
    h.write(encodeBanner(version));
    const { password, username } = options;
    const wanted = {
      names: resolveAllowed(options.allowedSecurity ?? 'any', mode),
      credentials: { password, username },
    };
    const limits = {
      maxReasonBytes: options.maxReasonBytes ?? 1024,
      maxSecurityTypes: options.maxSecurityTypes ?? 255,
    };
    const { name, offered } = await negotiateSecurity(h, version, wanted, trust, limits);
    const authenticated: RfbAuthenticated = {
      stream: h.stream,
      version,
      banner,
      security: { name, encrypted: h.encrypted || SECURITY[name].transport !== 'clear' },
      serverSecurityTypes: offered,
    };
    if (options.stopAfterAuthentication) return authenticated;
    // ClientInit: U8 shared
    h.write(Buffer.from([(options.shared ?? true) ? 1 : 0]));
    const init = await readServerInit(h, {
      maxNameBytes: options.maxNameBytes ?? 4096,
      maxDimension: options.maxDimension ?? 16_384,
    });
    return { ...authenticated, ...init };
  });
}

/** A plain RFB server speaks first, so silence mostly means that the server waits for our ClientHello. */
function withTlsHint(error: unknown): unknown {
  if (!(error instanceof RfbError) || (error.code !== 'TIMEOUT' && error.code !== 'UNEXPECTED_END'))
    return error;
  return new RfbError(
    error.code,
    `${error.message}; a server that says nothing may expect TLS from the first byte (tls.mode 'from-first-byte')`,
    error.details,
  );
}
