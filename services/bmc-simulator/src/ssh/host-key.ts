import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';

/** An SSH host key. */
export interface HostKey {
  /** As ssh-keygen writes it. */
  readonly privateKey: string;
  /** `SHA256:` and 43 characters, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string;
}

/** An Ed25519 key that follows from a text, so that the same machine always has the same one. No secret, and not meant to be one. */
export function hostKeyOf(text: string): HostKey {
  const seed = createHash('sha256').update(`ssh host key of ${text}`).digest();
  // PrivateKeyInfo of RFC 8410 section 7 around the 32 bytes of the seed.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const publicBlob = Buffer.concat([string('ssh-ed25519'), string(raw)]);
  const hash = createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, '');
  return { privateKey: opensshKey(publicBlob, seed, raw), fingerprint: `SHA256:${hash}` };
}

/**
 * OpenSSH's own format, unencrypted (PROTOCOL.key):
 * ```
 * "openssh-key-v1\0" | cipher "none" | kdf "none" | kdf options "" | U32 1 | public key
 * | string of: U32 check | the same again | "ssh-ed25519" | public 32 | private 32 + public 32 | comment | 01 02 03 … up to 8
 * ```
 */
function opensshKey(publicBlob: Buffer, seed: Buffer, raw: Buffer): string {
  const check = seed.subarray(0, 4);
  const secret = Buffer.concat([
    check,
    check,
    string('ssh-ed25519'),
    string(raw),
    string(Buffer.concat([seed, raw])),
    string('simulated'),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    Buffer.from([0, 0, 0, 1]),
    string(publicBlob),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

/** U32 length and the bytes (RFC 4251 section 5). */
function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
