import { readFileSync } from 'node:fs';
import type { JWTPayload } from 'jose';
import type { Logger } from '../log/logger.ts';
import { groupText, parseIdentity, type Unproven } from '../trust/identity.ts';
import { createWindowedCounts } from '../windowed-counts.ts';
import { createIssuerKeys, IssuerUnavailable } from './issuer-keys.ts';
import { mostGroups } from './principal.ts';
import type { Users } from './users.ts';

/** Whose tokens count, and what they say. */
export interface OidcOptions {
  /** URL of the issuer: https, or http on this machine. */
  readonly issuer: string;
  /** Has to be in `aud`. */
  readonly audience: string;
  /** Claim that holds the name. */
  readonly usernameClaim: string;
  /** Claim that holds the names of groups. */
  readonly groupsClaim: string;
  /** File with the authority of the issuer's server; those of the system when unset. */
  readonly caFile?: string | undefined;
  readonly logger: Logger;

  // --- seams for tests
  /** Monotonic, ms: for the age of keys and the windows of wrong tokens. */
  readonly clock?: (() => number) | undefined;
  /** What `exp` and `nbf` are compared with. */
  readonly now?: (() => Date) | undefined;
}

/** Signatures that a public key checks (RFC 7518, section 3.1; RFC 8037): neither `none` nor one made with a shared secret. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** By how much clocks may differ, s. */
const leewayS = 30;
const longestToken = 8 * 1024;
/** Wrong tokens from one address in a minute: a signature cannot be guessed, but judging one costs time. */
const wrongLimits = { address: 100, windowMs: 60_000, entries: 10_000 } as const;

/**
 * Users who show a JWT of an OpenID provider: `authorization: Bearer <token>` (RFC 6750). Judged are signature, `iss`, `aud`, `exp` and
 * `nbf`. Their groups are those of the claim; names that an identity cannot hold are left out.
 * Throws one clear line when the file of the authority cannot be read. Whether the issuer answers matters when the first token comes.
 */
export function createOidcUsers(options: OidcOptions): Users {
  const { issuer, audience, logger, clock, now } = options;
  const keys = createIssuerKeys({ issuer, ca: readCa(options.caFile), logger, clock });
  const wrong = createWindowedCounts(wrongLimits, clock);

  return {
    async judge(authorization, address) {
      const token = /^bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$/i.exec(authorization)?.[1];
      if (wrong.of(address) >= wrongLimits.address) return 'limited';
      const judged = token === undefined || token.length > longestToken ? 'token' : await verify(token);
      if (judged === 'token') wrong.add(address);
      if (typeof judged === 'string') return judged;
      return userOf(judged, options) ?? 'name';
    },
  };

  async function verify(token: string): Promise<JWTPayload | Unproven> {
    const { jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience, algorithms },
        clockTolerance: leewayS,
        requiredClaims: ['exp'],
        ...(now ? { currentDate: now() } : {}),
      });
      return payload;
    } catch (error) {
      return whyNot(error);
    }
  }
}

/** By jose's codes: what the caller can do something about has a word of its own. */
function whyNot(error: unknown): Unproven {
  if (error instanceof IssuerUnavailable) return 'unavailable';
  const { code, claim } = error as { code?: string; claim?: string };
  if (code === 'ERR_JWT_EXPIRED') return 'expired';
  if (code !== 'ERR_JWT_CLAIM_VALIDATION_FAILED') return 'token';
  if (claim === 'aud') return 'audience';
  if (claim === 'iss') return 'issuer';
  return claim === 'nbf' ? 'early' : 'token';
}

function userOf(
  payload: JWTPayload,
  { usernameClaim, groupsClaim }: OidcOptions,
): { user: string; groups: string[] } | undefined {
  const claim = (name: string) => (Object.hasOwn(payload, name) ? payload[name] : undefined);
  const user = claim(usernameClaim);
  if (typeof user !== 'string' || !parseIdentity(`user/${user}`)) return undefined;
  // An address that nobody has verified is whatever its owner typed (OpenID Connect Core 1.0, section 5.7).
  // Some issuers write the word instead of the value.
  const verified = claim('email_verified');
  if (usernameClaim === 'email' && verified !== true && verified !== 'true') return undefined;
  const given = claim(groupsClaim);
  const names: unknown[] = Array.isArray(given) ? given : [given];
  const groups = names.flatMap((name) => (typeof name === 'string' ? (groupText(name) ?? []) : []));
  return { user, groups: groups.slice(0, mostGroups) };
}

function readCa(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}
