import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing, SealingKey } from './parse-key-ring.ts';

/**
 * Seals secrets for storage with AES-256-GCM. `context` says where the secret belongs (`console/<id>`, `node/<id>`) and is
 * authenticated with it: a sealed value copied into another row does not open.
 */
export interface Sealer {
  seal(plaintext: Uint8Array | string, context: string): Buffer;
  /** @throws SealError when the key is gone, the bytes were changed, or the context is another. */
  open(sealed: Uint8Array, context: string): Buffer;
  /** True when another key than the active one sealed it: open it and seal it again. @throws SealError for other bytes */
  needsRotation(sealed: Uint8Array): boolean;
  /** Ids of the keys that are there now, the active one first. */
  keyIds(): readonly string[];
}

export interface SealerOptions {
  /** The active key first; the others only open. See `parseKeyRing`. A ring that changes while it is used counts as it is at each call. */
  keys: readonly SealingKey[] | KeyRing;
}

/** A sealed value that cannot be opened. The message holds the key's id at most. */
export class SealError extends Error {
  override name = 'SealError';
}

const VERSION = 1;
const NONCE = 12;
const TAG = 16;

/*
 * A sealed value, version 1:
 *
 *   0      1      2        2+n       14+n      30+n
 *   +------+------+--------+---------+---------+--------------+
 *   | 0x01 |  n   | key id |  nonce  |   tag   |  ciphertext  |
 *   +------+------+--------+---------+---------+--------------+
 *     1      1      n (1-64) 12        16        as plaintext
 *
 * Associated data: everything before the nonce, then the context in UTF-8. The nonce is random: 2^32 values per key stay
 * far from a collision (NIST SP 800-38D, 8.3).
 */

/** @throws TypeError for a ring without keys, with an id twice, or with a key that has not 32 bytes */
export function createSealer({ keys }: SealerOptions): Sealer {
  if (!('current' in keys)) return sealerOf(keys);
  const ring = keys;
  let known = ring.current();
  let sealer = sealerOf(known);
  const now = () => {
    const current = ring.current();
    if (current !== known) [known, sealer] = [current, sealerOf(current)];
    return sealer;
  };
  return {
    seal: (plaintext, context) => now().seal(plaintext, context),
    open: (sealed, context) => now().open(sealed, context),
    needsRotation: (sealed) => now().needsRotation(sealed),
    keyIds: () => now().keyIds(),
  };
}

/** How a value that a key sealed begins: enough to find those of one key in a database. */
export function sealedPrefix(keyId: string): Buffer {
  return Buffer.concat([Buffer.from([VERSION, keyId.length]), Buffer.from(keyId, 'latin1')]);
}

/** Most bytes of a prefix. */
export const longestPrefix = 2 + 64;

/** Id of the key that sealed a value; its first `longestPrefix` bytes are enough. @throws SealError for other bytes */
export function sealedBy(sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const length = bytes[1] ?? 0;
  const id = bytes.toString('latin1', 2, 2 + length);
  if (bytes[0] !== VERSION || id.length !== length || !/^[\x21-\x7e]{1,64}$/.test(id)) throw unknownBytes();
  return id;
}

function sealerOf(keys: readonly SealingKey[]): Sealer {
  const ring = new Map(keys.map(({ id, key }) => [id, key]));
  const active = keys[0];
  if (!active || ring.size !== keys.length)
    throw new TypeError('a sealer needs at least one key, each with its own id');
  for (const { id, key } of keys) {
    if (key.length !== 32) throw new TypeError('a sealing key has 32 bytes');
    if (!/^[\x21-\x7e]{1,64}$/.test(id))
      throw new TypeError("a sealing key's id has 1 to 64 printable characters");
  }
  const header = sealedPrefix(active.id);

  return {
    seal(plaintext, context) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', active.key, nonce, { authTagLength: TAG });
      cipher.setAAD(associate(header, context));
      const ciphertext = Buffer.concat([cipher.update(toBytes(plaintext)), cipher.final()]);
      return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext]);
    },
    open(sealed, context) {
      const { id, header, nonce, tag, ciphertext } = split(sealed);
      const key = ring.get(id);
      if (!key) throw new SealError(`sealed with the key ${id}, which is not in the key ring`);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
      decipher.setAAD(associate(header, context));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
      } catch {
        throw new SealError(`does not open with the key ${id}: it was changed, or it belongs elsewhere`);
      }
    },
    needsRotation: (sealed) => split(sealed).id !== active.id,
    keyIds: () => keys.map(({ id }) => id),
  };
}

function toBytes(plaintext: Uint8Array | string): Uint8Array {
  return typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext;
}

function associate(header: Buffer, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context, 'utf8')]);
}

function split(sealed: Uint8Array) {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const id = sealedBy(bytes);
  const start = 2 + id.length;
  if (bytes.length < start + NONCE + TAG) throw unknownBytes();
  return {
    id,
    header: bytes.subarray(0, start),
    nonce: bytes.subarray(start, start + NONCE),
    tag: bytes.subarray(start + NONCE, start + NONCE + TAG),
    ciphertext: bytes.subarray(start + NONCE + TAG),
  };
}

function unknownBytes(): SealError {
  return new SealError('these bytes are not a sealed value of a known version');
}
