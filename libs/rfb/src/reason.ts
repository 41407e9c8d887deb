import { byteWriter } from '@consolemesh/bytes';
import type { Handshake } from './handshake.ts';
import { printable } from './text.ts';

/**
 * `U32 length | length bytes`: the peer's explanation after a refusal.
 * @returns its printable text, or the announced length when that is beyond `max` (nothing more is read then)
 */
export async function readReason(h: Handshake, max: number): Promise<{ text: string } | { tooLong: number }> {
  h.awaiting = "the server's reason";
  const length = await h.reader.readU32();
  if (length > max) return { tooLong: length };
  return { text: printable(await h.reader.read(length), max) };
}

export function encodeReason(reason: string): Buffer {
  const text = Buffer.from(reason, 'utf8');
  return byteWriter(4 + text.length)
    .u32(text.length)
    .bytes(text)
    .toBuffer();
}
