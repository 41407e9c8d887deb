import type { Algorithms } from '../codec/open-session.ts';

/** A hash as RMCP+ uses it: whole in RAKP 2 and 3, truncated in RAKP 4 and in session trailers. */
export interface HashAlgorithm {
  readonly node: 'sha1' | 'sha256';
  readonly bytes: number;
  readonly truncated: number;
}

const SHA1: HashAlgorithm = { node: 'sha1', bytes: 20, truncated: 12 };
const SHA256: HashAlgorithm = { node: 'sha256', bytes: 32, truncated: 16 };

/** One cipher suite that we can speak (IPMI 2.0 table 22-20 and the addenda for SHA256). */
export interface Suite {
  readonly id: number;
  readonly algorithms: Algorithms;
  readonly authentication: HashAlgorithm;
  readonly integrity: HashAlgorithm;
  /** AES-CBC-128, or nothing at all. */
  readonly encrypts: boolean;
}

/**
 * Suites without authentication or integrity (0, 1, 6, 15's weaker kin) are left out on purpose, as are MD5 and RC4. 2 and 15 do not
 * encrypt: they are never chosen unless they are named.
 */
export const SUITES: Readonly<Record<number, Suite>> = {
  2: suite(2, [1, 1, 0], SHA1),
  3: suite(3, [1, 1, 1], SHA1),
  15: suite(15, [3, 4, 0], SHA256),
  17: suite(17, [3, 4, 1], SHA256),
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

function suite(id: number, numbers: [number, number, number], hash: HashAlgorithm): Suite {
  const [authentication, integrity, confidentiality] = numbers;
  return {
    id,
    algorithms: { authentication, integrity, confidentiality },
    authentication: hash,
    integrity: hash,
    encrypts: confidentiality !== 0,
  };
}
