import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Logger } from '../log/logger.ts';
import { isLoopback } from '../trust/credentials.ts';
import { fetchJson } from './fetch-json.ts';

/** How long keys count and how often they are asked for, ms and bytes. */
export const issuerLimits = {
  /** Older keys are asked for anew, while they still count. */
  fresh: 10 * 60_000,
  /** Keys older than this do not count any more, also when the issuer does not answer. */
  stale: 60 * 60_000,
  /** Between two fetches because of a key that is not known. */
  cooldown: 10_000,
  /** After a fetch that failed. */
  failed: 3_000,
  deadline: 5_000,
  longest: 256 * 1024,
  keys: 100,
} as const;

/** The keys cannot be had, and there are none of before that still count. */
export class IssuerUnavailable extends Error {
  override name = 'IssuerUnavailable';
}

/** Where keys come from. */
export interface IssuerOptions {
  /** URL of the issuer, as it stands in its tokens. */
  readonly issuer: string;
  /** PEM of the authority of its server; those of the system when unset. */
  readonly ca?: Buffer | undefined;
  readonly logger: Logger;
  /** Monotonic, ms. */
  readonly clock?: (() => number) | undefined;
}

/**
 * The keys of an OpenID provider (OpenID Connect Discovery 1.0, section 4; RFC 7517), fetched when they are first needed and kept. A key that
 * is not known is looked for at the issuer, at most every ten seconds: that is how a changed key comes to count. Rejects with
 * IssuerUnavailable, and with jose's JWKSNoMatchingKey for a key that the issuer does not have.
 */
export function createIssuerKeys({
  issuer,
  ca,
  logger,
  clock = () => performance.now(),
}: IssuerOptions): JWTVerifyGetKey {
  let known: { find: JWTVerifyGetKey; at: number } | undefined;
  let fetching: Promise<void> | undefined;
  let failed: { at: number; why: string } | undefined;
  const since = (at: number | undefined) => (at === undefined ? Number.POSITIVE_INFINITY : clock() - at);

  function refresh(): Promise<void> {
    if (failed && since(failed.at) < issuerLimits.failed) {
      return Promise.reject(new IssuerUnavailable(failed.why));
    }
    fetching ??= fetchKeys(issuer, ca)
      .then(
        async (keys) => {
          const { createLocalJWKSet } = await import('jose');
          known = { find: createLocalJWKSet(keys), at: clock() };
          if (failed) logger.info({ issuer }, 'the issuer of tokens answers again');
          failed = undefined;
        },
        (error: Error) => {
          if (!failed) logger.error({ issuer, why: error.message }, 'the issuer of tokens does not answer');
          failed = { at: clock(), why: error.message };
          throw new IssuerUnavailable(error.message, { cause: error });
        },
      )
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  return async (header, token) => {
    const age = since(known?.at);
    if (age >= issuerLimits.stale) await refresh();
    else if (age >= issuerLimits.fresh) refresh().catch(() => {});
    try {
      return await known!.find(header, token);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
      if (since(known!.at) < issuerLimits.cooldown) throw error;
      await refresh();
      return await known!.find(header, token);
    }
  };
}

async function fetchKeys(issuer: string, ca: Buffer | undefined): Promise<JSONWebKeySet> {
  const limits = { deadlineMs: issuerLimits.deadline, longest: issuerLimits.longest, ca };
  const place = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const found = (await fetchJson(place, limits)) as { issuer?: unknown; jwks_uri?: unknown } | null;
  if (found?.issuer !== issuer) throw new Error(`${place.href}: it is not about the issuer ${issuer}`);
  const url = typeof found.jwks_uri === 'string' && URL.canParse(found.jwks_uri) && new URL(found.jwks_uri);
  if (!url || !isSafe(url)) throw new Error(`${place.href}: its jwks_uri is no https URL`);
  const { keys } = ((await fetchJson(url, limits)) ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length > issuerLimits.keys) {
    throw new Error(`${url.href}: expected a list of at most ${issuerLimits.keys} keys`);
  }
  // Only what can check a signature of somebody else: a shared secret in a public list is a secret of nobody.
  return {
    keys: keys.filter((key) => ['RSA', 'EC', 'OKP'].includes((key as { kty?: string } | null)?.kty ?? '')),
  };
}

/** Whether a URL leads to the issuer and nobody in between: https, or http on this machine. */
export function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}
