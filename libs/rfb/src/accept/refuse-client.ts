import type { Duplex } from 'node:stream';
import { deadline } from '@consolemesh/bytes';
import { conduct, openHandshake } from '../handshake.ts';
import { encodeReason } from '../reason.ts';
import { printable } from '../text.ts';
import { endWith, greet } from './accept-client.ts';

/**
 * Tells a viewer in RFB words why it may not come in, so that an unmodified viewer shows the reason; then ends
 * the stream. Call it instead of `acceptClient`, on a fresh stream.
 * ```
 * 3.7, 3.8: U8 0 | U32 length | reason
 * 3.3:      U32 0 | U32 length | reason
 * ```
 * Resolves in any case, also when the viewer is gone or too slow. @param reason at most 1024 characters are sent
 */
export async function refuseClient(
  stream: Duplex,
  reason: string,
  options: { signal?: AbortSignal | undefined; deadlineMs?: number | undefined } = {},
): Promise<void> {
  using limit = deadline(options.deadlineMs ?? 5_000, options.signal);
  const h = openHandshake(stream, limit);
  await conduct(h, async () => {
    const version = await greet(h, '3.8');
    const refused = Buffer.alloc(version === '3.3' ? 4 : 1);
    const text = encodeReason(printable(Buffer.from(reason)));
    await endWith(stream, Buffer.concat([refused, text]), limit.signal);
    // Destroying now could overtake the reason (a reset discards what the viewer has not read yet), so the
    // viewer gets the rest of the time to close its half.
    await untilClosed(stream, limit.signal);
  }).catch(() => {});
  stream.on('error', () => {});
  stream.destroy();
}

function untilClosed(stream: Duplex, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (stream.destroyed || signal.aborted) resolve();
    stream.resume();
  });
}
