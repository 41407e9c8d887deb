import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { ExactReader } from '@consolemesh/bytes';
import type { Misbehaviour } from './misbehaviour.ts';

const version = Buffer.from('RFB 003.008\n');
const bannerShape = /^RFB \d{3}\.\d{3}\n$/;

/**
 * Conducts a handshake that no viewer survives, if one was asked for, until the viewer or `signal` ends it.
 * @returns false when none was asked for: the stream is untouched then
 */
export async function breakHandshake(
  stream: Duplex,
  { banner, endlessSecurityTypes, hugeReason }: Misbehaviour,
  signal: AbortSignal,
): Promise<boolean> {
  const speaks = banner !== undefined && !bannerShape.test(banner);
  if (!speaks && !endlessSecurityTypes && !hugeReason) return false;
  stream.on('error', () => {});
  if (speaks) {
    if (banner) stream.write(banner);
    stream.resume();
    await ended(stream, signal);
    return true;
  }
  stream.write(version);
  const reader = ExactReader.from(stream, { signal });
  await reader.read(version.length);
  reader.release();
  stream.resume();
  await (endlessSecurityTypes ? sendTypesForever(stream, signal) : sendReasonForever(stream, signal));
  return true;
}

/** `U8 count | U8 type …` (RFC 6143 section 7.1.2), with types nobody has assigned, and too many of them. */
async function sendTypesForever(stream: Duplex, signal: AbortSignal): Promise<void> {
  stream.write(Buffer.from([255]));
  for (let type = 0; !stream.destroyed; type++) {
    stream.write(Buffer.from([200 + (type % 50)]));
    await wait(200, undefined, { signal, ref: false });
  }
}

/** `U8 0 | U32 length | reason` (RFC 6143 section 7.1.2), the length as large as it can be said. */
async function sendReasonForever(stream: Duplex, signal: AbortSignal): Promise<void> {
  stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
  const piece = Buffer.alloc(64 * 1024, 'no. ');
  while (!stream.destroyed) {
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close')]);
  }
}

async function ended(stream: Duplex, signal: AbortSignal): Promise<void> {
  if (!stream.destroyed) await once(stream, 'close', { signal });
}
