import type { Duplex } from 'node:stream';
import { deadline } from '@consolemesh/bytes';
import { RfbError } from '../errors.ts';
import { conduct, type Handshake, openHandshake } from '../handshake.ts';
import { encodeReason } from '../reason.ts';
import type { Expected } from '../security/method.ts';
import { METHODS } from '../security/methods.ts';
import { offerVencrypt } from '../security/vencrypt.ts';
import { SECURITY, type SecurityName, VENCRYPT } from '../security-types.ts';
import type { TlsServerOptions } from '../tls.ts';
import { encodeBanner, lower, type RfbVersion, readBanner } from '../version.ts';

/** A viewer that is in; the stream stands right after ClientInit, and ServerInit is ours to send. */
export interface AcceptedClient {
  /** Use this one from here on: it is a TLSSocket when TLS was started. */
  stream: Duplex;
  version: RfbVersion;
  /** The viewer's wish: false asks to disconnect everybody else. */
  shared: boolean;
  security: SecurityName;
}

export interface AcceptOptions {
  /** What to offer, in our order of preference. Default `['None']`. With 3.3 the first of None/VNC is dictated. */
  security?: readonly SecurityName[] | undefined;
  /** What VNC and Plain expect. */
  expected?: Expected | undefined;
  /** Certificate for the X509 subtypes. The TLS subtypes need none. */
  tls?: TlsServerOptions | undefined;
  /** Highest dialect to announce. Default 3.8. */
  version?: RfbVersion | undefined;
  signal?: AbortSignal | undefined;
  /** For the whole handshake. Default 15,000 ms. */
  deadlineMs?: number | undefined;
}

/**
 * Our server side of the handshake toward a viewer, up to ClientInit. Owns `stream` from the call on: after an
 * error it is destroyed. "TLS from the first byte" is the caller's: give the TLSSocket.
 * @throws RfbError
 */
export async function acceptClient(stream: Duplex, options: AcceptOptions = {}): Promise<AcceptedClient> {
  const offered = options.security ?? ['None'];
  requireExpected(offered, options.expected ?? {});
  using limit = deadline(options.deadlineMs ?? 15_000, options.signal);
  const h = openHandshake(stream, limit);
  // `await` matters: without it the deadline would be disposed before the handshake has begun.
  return await conduct(h, async () => {
    const version = await greet(h, options.version ?? '3.8');
    const security = await offerSecurity(h, version, offered, options.tls ?? {});
    const right = await METHODS[SECURITY[security].inner].verify(h, options.expected ?? {});
    await sendVerdict(h, version, security, right);
    h.awaiting = 'ClientInit';
    const shared = (await h.reader.readU8()) !== 0;
    return { stream: h.stream, version, shared, security };
  });
}

/** Offering a password type without a password would let everybody in who gives none. */
function requireExpected(offered: readonly SecurityName[], expected: Expected): void {
  for (const name of offered) {
    for (const field of METHODS[SECURITY[name].inner].needs) {
      if (expected[field] === undefined) throw new TypeError(`offering ${name} needs expected.${field}`);
    }
  }
}

/** Banner both ways; the dialect is the lower of the two. */
export async function greet(h: Handshake, highest: RfbVersion): Promise<RfbVersion> {
  h.write(encodeBanner(highest));
  return lower((await readBanner(h)).version, highest);
}

/** 3.3: `U32 type`. 3.7, 3.8: `U8 count | types`, the viewer answers with one. */
async function offerSecurity(
  h: Handshake,
  version: RfbVersion,
  names: readonly SecurityName[],
  tls: TlsServerOptions,
): Promise<SecurityName> {
  if (version === '3.3') {
    const dictated = names.find((name) => !SECURITY[name].vencrypt);
    if (dictated === undefined) {
      const refusal = encodeReason('This server needs an RFB 3.7 or 3.8 viewer');
      await endWith(h.stream, Buffer.concat([Buffer.alloc(4), refusal]), h.deadline.signal);
      throw new RfbError('VERSION_UNSUPPORTED', `a 3.3 viewer can not use ${names.join(', ')}`);
    }
    h.write(Buffer.from([0, 0, 0, SECURITY[dictated].number]));
    return dictated;
  }
  const top = (name: SecurityName) => (SECURITY[name].vencrypt ? VENCRYPT : SECURITY[name].number);
  const types = [...new Set(names.map(top))];
  h.write(Buffer.from([types.length, ...types]));
  h.awaiting = "the viewer's choice of security type";
  const chosen = await h.reader.readU8();
  if (!types.includes(chosen)) {
    throw new RfbError(
      'PROTOCOL_VIOLATION',
      `the viewer chose security type ${chosen}, which was not offered`,
    );
  }
  if (chosen === VENCRYPT)
    return offerVencrypt(
      h,
      names.filter((name) => SECURITY[name].vencrypt),
      tls,
    );
  return names.find((name) => top(name) === chosen)!;
}

/** SecurityResult; see the client side for when it is left out and when a reason follows. */
async function sendVerdict(
  h: Handshake,
  version: RfbVersion,
  security: SecurityName,
  right: boolean,
): Promise<void> {
  if (right) {
    if (security !== 'None' || version === '3.8') h.write(Buffer.alloc(4));
    return;
  }
  const verdict = Buffer.from([0, 0, 0, 1]);
  const text = version === '3.8' ? encodeReason('Authentication failed') : Buffer.alloc(0);
  await endWith(h.stream, Buffer.concat([verdict, text]), h.deadline.signal);
  throw new RfbError('AUTHENTICATION_FAILED', 'the viewer gave wrong credentials');
}

/** Writes last words and waits until they are handed on, so that destroying the stream does not swallow them. */
export function endWith(stream: Duplex, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    stream.end(bytes, () => resolve());
  });
}
