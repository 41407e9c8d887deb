import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Grant, SignedGrant } from '@consolemesh/contracts/token';
import { signGrant, toTimestamp } from '@consolemesh/mesh';
import type { Session } from './session.ts';
import type { TokenStore } from './store.ts';
import { kindOf, roleOf } from './wire.ts';

/** How long a grant is good, ms: time enough for a proxy to show it to the conductor, and no more. */
export const grantTtlMs = 60_000;
/** How long a published key lives after it was last prolonged, ms. */
export const keyLifetimeMs = 60 * 60_000;

/** Signs grants with the key of this instance. */
export interface GrantSigner {
  /** A grant for a session, good at one proxy until a minute from `now`. */
  sign(session: Session, proxyId: string, now: number): Promise<{ grant: SignedGrant; contents: Grant }>;
  /** Prolongs the published key, so that its expiry stays ahead of its grants. */
  refresh(): Promise<void>;
}

/**
 * Makes an Ed25519 key for this instance and publishes its public half in the store, where every replica can answer for it. The
 * private half is never written anywhere: it ends with the process, and the published one a lifetime later.
 */
export async function createGrantSigner(store: TokenStore): Promise<GrantSigner> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const keyId = randomUUID();
  const published = publicKey.export({ type: 'spki', format: 'der' });
  let keyExpiresAt = await store.putGrantKey(keyId, published, keyLifetimeMs);

  async function refresh(): Promise<void> {
    keyExpiresAt = await store.putGrantKey(keyId, published, keyLifetimeMs);
  }

  return {
    refresh,
    async sign(session, proxyId, now) {
      const expiresAt = Math.min(now + grantTtlMs, session.expiresAt);
      // The process may have slept through its refreshes.
      if (expiresAt > keyExpiresAt) await refresh();
      const contents: Grant = {
        sessionId: session.sessionId,
        key: { consoleId: session.consoleId, generation: session.generation },
        kind: kindOf(session.kind),
        role: roleOf(session.role),
        subject: session.subject,
        tokenId: session.tokenId,
        proxyId,
        expiresAt: toTimestamp(expiresAt),
        sessionExpiresAt: toTimestamp(session.expiresAt),
      };
      return { grant: signGrant(contents, keyId, privateKey), contents };
    },
  };
}
