/**
 * A peer's text made safe for logs and error texts: UTF-8, control characters replaced, bounded.
 * @param max longest result, in characters
 */
export function printable(bytes: Uint8Array, max = 1024): string {
  const text = Buffer.from(bytes).toString('utf8');
  // C0, DEL and C1 controls, line separators and bidirectional overrides: none belongs in a log line.
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .trim()
    .slice(0, max);
}

/** First bytes in hex with their printable form, for "this is not RFB" texts. */
export function firstBytes(bytes: Uint8Array, max = 16): string {
  const head = Buffer.from(bytes.subarray(0, max));
  const ascii = head.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
  return `${head.toString('hex').replace(/(..)(?=.)/g, '$1 ')} "${ascii}"`;
}
