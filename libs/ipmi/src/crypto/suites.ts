import type { Algorithms } from '../codec/open-session.ts';

/** A hash as RMCP+ uses it: whole in RAKP 2 and 3, truncated in RAKP 4 and in session trailers. */
export interface HashAlgorithm {
  readonly node: 'sha1' | 'sha256';
  readonly bytes: number;
  readonly truncated: number;
}

const SHA1: HashAlgorithm = { node: 'sha1', bytes: 20, truncated: 12 };
const SHA256: HashAlgorithm = { node: 'sha256', bytes: 32, truncated: 16 };

/** One cipher suite that we can speak. */
export interface Suite {
  readonly id: number;
  readonly algorithms: Algorithms;
  readonly authentication: HashAlgorithm;
  readonly integrity: HashAlgorithm;
  /** AES-CBC-128, or nothing at all. */
  readonly encrypts: boolean;
}

/** Names of the algorithms by their numbers (IPMI 2.0 tables 13-17 to 13-19). */
const NAMES: Readonly<Record<keyof Algorithms, readonly string[]>> = {
  authentication: ['none', 'HMAC-SHA1', 'HMAC-MD5', 'HMAC-SHA256'],
  integrity: ['none', 'HMAC-SHA1-96', 'HMAC-MD5-128', 'MD5-128', 'HMAC-SHA256-128'],
  confidentiality: ['none', 'AES-CBC-128', 'xRC4-128', 'xRC4-40'],
};

/** All cipher suites by id, 0 to 17: authentication, integrity, confidentiality (IPMI 2.0 table 22-20 and its addenda for SHA-256). */
const KNOWN: readonly Algorithms[] = (
  [
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
    [1, 1, 2],
    [1, 1, 3],
    [2, 0, 0],
    [2, 2, 0],
    [2, 2, 1],
    [2, 2, 2],
    [2, 2, 3],
    [2, 3, 0],
    [2, 3, 1],
    [2, 3, 2],
    [2, 3, 3],
    [3, 0, 0],
    [3, 4, 0],
    [3, 4, 1],
  ] as const
).map(([authentication, integrity, confidentiality]) => ({ authentication, integrity, confidentiality }));

/**
 * Suites without authentication or integrity (0, 1, 6, 15) are left out on purpose, as are MD5 and RC4. 2 and 16 do not encrypt: they are
 * never chosen unless they are named.
 */
export const SUITES: Readonly<Record<number, Suite>> = {
  2: suite(2, SHA1),
  3: suite(3, SHA1),
  16: suite(16, SHA256),
  17: suite(17, SHA256),
};

export const DEFAULT_SUITES: readonly number[] = [17, 3];

/** @returns the suite with these algorithms; undefined when we speak none such */
export function suiteOf(algorithms: Algorithms): Suite | undefined {
  return Object.values(SUITES).find(
    ({ algorithms: a }) =>
      a.authentication === algorithms.authentication &&
      a.integrity === algorithms.integrity &&
      a.confidentiality === algorithms.confidentiality,
  );
}

/** The algorithms of any suite of the specification, also of one that we do not speak. */
export function algorithmsOf(id: number): Algorithms | undefined {
  return KNOWN[id];
}

/** `8 (HMAC-MD5, HMAC-MD5-128, AES-CBC-128)`, for people; the id alone where it is a vendor's. */
export function suiteInWords(id: number): string {
  const a = KNOWN[id];
  if (a === undefined) return `${id}`;
  const names = (['authentication', 'integrity', 'confidentiality'] as const).map(
    (kind) => NAMES[kind][a[kind]],
  );
  return `${id} (${names.join(', ')})`;
}

function suite(id: number, hash: HashAlgorithm): Suite {
  const algorithms = KNOWN[id]!;
  return {
    id,
    algorithms,
    authentication: hash,
    integrity: hash,
    encrypts: algorithms.confidentiality !== 0,
  };
}
