import { createHash, timingSafeEqual } from 'node:crypto';

/** A server's host key, as it presented it. */
export interface HostKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** As `ssh-keygen -lf` prints it: `SHA256:` and base64 without padding. */
  readonly fingerprint: string;
}

/**
 * Reads a host key as it comes over the wire.
 * ```
 * string  type      (RFC 4253 section 6.6; uint32 length, bytes)
 * …       depends on it
 * ```
 */
export function readHostKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const type = blob.subarray(4, 4 + Math.min(length, 64)).toString('latin1');
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { type: /^[\w.@-]+$/.test(type) ? type : 'of an unknown type', fingerprint: `SHA256:${digest}` };
}

/** Whether a key is among the pinned ones: `SHA256:…` or 64 hexadecimal digits, with commas between them. */
export function isPinned({ fingerprint }: HostKey, pins: string): boolean {
  const shown = digestOf(fingerprint);
  return pins.split(',').some((pin) => {
    const wanted = digestOf(pin.trim());
    return wanted.length === shown.length && timingSafeEqual(wanted, shown);
  });
}

function digestOf(pin: string): Buffer {
  return pin.startsWith('SHA256:')
    ? Buffer.from(pin.slice('SHA256:'.length), 'base64')
    : Buffer.from(pin.replaceAll(':', ''), 'hex');
}
