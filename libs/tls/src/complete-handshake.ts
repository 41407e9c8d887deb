import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { TlsError } from './errors.ts';

/**
 * Waits for the end of a TLS handshake. After an error the socket is destroyed; when the signal ended the wait,
 * the error is whatever came of that (look at the signal).
 * @param event `secureConnect` for clients of `tls.connect`, `secure` for a bare server-side TLSSocket
 * @throws TlsError TLS_FAILED
 */
export async function completeHandshake(
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
    throw handshakeFailed(error as Error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What helps against OpenSSL's most frequent texts. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /wrong version number|packet length too long/i,
    'the peer does not speak TLS here, it may expect a plain connection',
  ],
  [
    /unsupported protocol|alert protocol version|unsafe legacy renegotiation|(dh|ee) key too small|wrong signature type|internal error/i,
    'the peer may know only old TLS; if it must be so, lower the minimum TLS version for it',
  ],
  [
    /alert handshake failure|no shared cipher/i,
    'the two sides have no version or cipher in common; the peer may know only old TLS',
  ],
  [/alert (certificate required|bad certificate|unknown ca)/i, 'the peer wants another client certificate'],
];

function handshakeFailed(error: Error): TlsError {
  const hint = hints.find(([pattern]) => pattern.test(error.message))?.[1];
  const text = `TLS handshake failed (${shorten(error.message)})${hint === undefined ? '' : `: ${hint}`}`;
  return new TlsError('TLS_FAILED', text, { cause: error });
}

/** OpenSSL texts look like `C0…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../x.c:354:`. */
function shorten(text: string): string {
  return /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(text)?.[1] ?? text.trim();
}
