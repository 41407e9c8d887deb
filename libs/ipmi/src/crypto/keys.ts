import { hash as digest, timingSafeEqual } from 'node:crypto';
import { u32 } from '../codec/fields.ts';
import { type Confidentiality, createConfidentiality } from './confidentiality.ts';
import type { HashAlgorithm, Suite } from './suites.ts';

/** What both sides have exchanged in the open when codes and keys are computed. */
export interface Exchange {
  consoleSessionId: number;
  bmcSessionId: number;
  /** Rm and Rc, 16 bytes each. */
  consoleRandom: Buffer;
  bmcRandom: Buffer;
  /** 16 bytes. */
  guid: Buffer;
  /** The role byte as it is hashed. */
  role: number;
  /** The user name as it is hashed. */
  user: Buffer;
}

/** Keys of one session: SIK, and K1 and K2 which are made from it. */
export interface SessionKeys {
  readonly suite: Suite;
  /** Session integrity key. */
  readonly sik: Buffer;
  /** Key of the integrity trailers. */
  readonly k1: Buffer;
  /** Its first 16 bytes are the AES key. */
  readonly k2: Buffer;
  readonly aes: Confidentiality;
}

/** Longest password, and K_g. */
export const KEY_BYTES = 20;

/** Bytes that SHA-1 and SHA-256 take at once. */
const BLOCK = 64;

/**
 * HMAC by its definition (RFC 2104 section 2), because Node.js 24 takes six times as long for a `createHmac` as for two whole hashes.
 * ```
 * H(key ^ 5c… | H(key ^ 36… | parts))
 * ```
 */
export function hmac(hash: HashAlgorithm, key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  const short = key.length > BLOCK ? digest(hash.node, key, 'buffer') : key;
  const inner = keyBlock(short, 0x36);
  const outer = keyBlock(short, 0x5c);
  const message = Buffer.concat([inner, ...parts]);
  const whole = Buffer.concat([outer, digest(hash.node, message, 'buffer')]);
  const code = digest(hash.node, whole, 'buffer');
  // The key may be a password, which is not to stay in memory.
  for (const bytes of [inner, outer, message, whole]) bytes.fill(0, 0, BLOCK);
  return code;
}

function keyBlock(key: Uint8Array, pad: number): Buffer {
  const block = Buffer.allocUnsafe(BLOCK).fill(pad);
  for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!;
  return block;
}

/** In constant time for equal lengths; lengths are no secret. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Kuid: a password as a key. HMAC pads with zeros itself, so only the truncation matters. */
export function userKey(password: Uint8Array, storedBytes: number = KEY_BYTES): Buffer {
  return Buffer.from(password.subarray(0, storedBytes));
}

/** IPMI 2.0 section 13.31: HMAC(Kuid, SIDm | SIDc | Rm | Rc | GUID | role | user length | user). */
export function rakp2Code(hash: HashAlgorithm, kuid: Uint8Array, e: Exchange): Buffer {
  return hmac(
    hash,
    kuid,
    u32(e.consoleSessionId),
    u32(e.bmcSessionId),
    e.consoleRandom,
    e.bmcRandom,
    e.guid,
    named(e),
  );
}

/** HMAC(Kuid, Rc | SIDm | role | user length | user). */
export function rakp3Code(hash: HashAlgorithm, kuid: Uint8Array, e: Exchange): Buffer {
  return hmac(hash, kuid, e.bmcRandom, u32(e.consoleSessionId), named(e));
}

/** HMAC(SIK, Rm | SIDc | GUID), truncated. */
export function rakp4Check(hash: HashAlgorithm, sik: Uint8Array, e: Exchange): Buffer {
  return hmac(hash, sik, e.consoleRandom, u32(e.bmcSessionId), e.guid).subarray(0, hash.truncated);
}

/**
 * IPMI 2.0 section 13.32: SIK = HMAC(K_g or Kuid, Rm | Rc | role | user length | user), K1 = HMAC(SIK, 20 × 01), K2 = HMAC(SIK, 20 × 02).
 * The constants have 20 bytes with every hash.
 */
export function deriveKeys(suite: Suite, key: Uint8Array, e: Exchange): SessionKeys {
  const hash = suite.authentication;
  const sik = hmac(hash, key, e.consoleRandom, e.bmcRandom, named(e));
  const k1 = hmac(hash, sik, Buffer.alloc(KEY_BYTES, 1));
  const k2 = hmac(hash, sik, Buffer.alloc(KEY_BYTES, 2));
  return { suite, sik, k1, k2, aes: createConfidentiality(k2) };
}

function named(e: Exchange): Buffer {
  return Buffer.concat([Buffer.from([e.role, e.user.length]), e.user]);
}
