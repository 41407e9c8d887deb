import { ReadAborted, UnexpectedEnd } from '@consolemesh/bytes';
import { RfbError } from './errors.ts';
import type { Handshake } from './handshake.ts';
import { firstBytes } from './text.ts';

/** The three dialects that exist; every banner maps to one of them. */
export type RfbVersion = '3.3' | '3.7' | '3.8';

const ORDER: readonly RfbVersion[] = ['3.3', '3.7', '3.8'];
export const BANNER_BYTES = 12;

/** `RFB 003.008\n` */
export function encodeBanner(version: RfbVersion): Buffer {
  return Buffer.from(`RFB 003.00${version.slice(2)}\n`, 'latin1');
}

/**
 * 12 bytes `RFB xxx.yyy\n`, three decimal digits each. Odd but real: 003.006 (old UltraVNC) speaks 3.3;
 * 003.889 (Apple), 004.000 and 004.001 (RealVNC), 005.000 speak 3.8. 000.000 is an UltraVNC repeater.
 * @returns the dialect to speak with a peer that sent this banner
 * @throws RfbError NOT_RFB, VERSION_UNSUPPORTED
 */
export function parseBanner(bytes: Buffer): RfbVersion {
  const match = /^RFB (\d{3})\.(\d{3})\n$/.exec(bytes.toString('latin1'));
  if (match === null) throw notRfb(bytes);
  const major = Number(match[1]);
  const minor = Number(match[2]);
  if (major === 0 && minor === 0) {
    throw new RfbError(
      'VERSION_UNSUPPORTED',
      'this is an UltraVNC repeater (RFB 000.000), which is not supported: connect to the VNC server itself',
    );
  }
  if (major < 3 || (major === 3 && minor < 3)) {
    throw new RfbError(
      'VERSION_UNSUPPORTED',
      `RFB ${major}.${minor} is older than 3.3, the oldest supported`,
    );
  }
  if (major > 3 || minor >= 8) return '3.8';
  return minor === 7 ? '3.7' : '3.3';
}

export function lower(a: RfbVersion, b: RfbVersion): RfbVersion {
  return ORDER.indexOf(a) < ORDER.indexOf(b) ? a : b;
}

/** Reads the peer's banner; recognises a peer that is not RFB from its first bytes, however few they are. */
export async function readBanner(h: Handshake): Promise<{ banner: string; version: RfbVersion }> {
  h.awaiting = 'the protocol version';
  const bytes = await h.reader.read(4).then(
    async (head) => {
      if (head.toString('latin1') !== 'RFB ') throw notRfb(Buffer.concat([head, await whatFollows(h)]));
      return Buffer.concat([head, await h.reader.read(BANNER_BYTES - 4)]);
    },
    (error: unknown) => {
      const received =
        error instanceof UnexpectedEnd || error instanceof ReadAborted ? error.received : undefined;
      if (received?.length) throw notRfb(received);
      throw error;
    },
  );
  return { banner: bytes.toString('latin1').trimEnd(), version: parseBanner(bytes) };
}

/** What is already there after the first four bytes, for a better error text; never waits. */
async function whatFollows(h: Handshake): Promise<Buffer> {
  const n = Math.min(h.stream.readableLength, 12);
  return n === 0 ? Buffer.alloc(0) : h.reader.read(n);
}

function notRfb(bytes: Buffer): RfbError {
  const hint = looksLikeTls(bytes)
    ? ': this is a TLS record, so the peer expects TLS from the first byte'
    : /^(HTTP|GET |POST|SSH-)/.test(bytes.toString('latin1'))
      ? ': another protocol listens on this port'
      : '';
  return new RfbError('NOT_RFB', `the peer does not speak RFB, it sent ${firstBytes(bytes)}${hint}`);
}

/** Record types 20..23 followed by version 3.x. */
function looksLikeTls(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0]! >= 20 && bytes[0]! <= 23 && bytes[1] === 3;
}
