import { randomUUID } from 'node:crypto';
import { createCredential } from './credential.ts';
import type { Session } from './session.ts';
import type { NewToken, TokenStore } from './store.ts';
import type { Token } from './token.ts';

/** A clock that moves when it is told to. */
export interface ManualClock {
  (): number;
  /** Moves on, ms. */
  pass(ms: number): void;
}

/** A manual clock; begins in 2023 unless told. */
export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let now = start;
  return Object.assign(() => now, {
    pass(ms: number) {
      now += ms;
    },
  });
}

/** A token for an invented console, not issued yet; ten minutes long. */
export function newToken(given: Partial<NewToken> = {}): NewToken {
  return {
    tokenId: randomUUID(),
    hash: createCredential().hash,
    consoleId: randomUUID(),
    generation: 1n,
    kind: 'graphical',
    role: 'control',
    subject: 'user/ada',
    ttlMs: 600_000,
    singleUse: false,
    ...given,
  };
}

/** Issues a token and answers it with its hash. */
export async function issue(
  store: TokenStore,
  given: Partial<NewToken> = {},
): Promise<Token & { hash: Buffer }> {
  const asked = newToken(given);
  return { ...(await store.issue(asked)), hash: asked.hash };
}

/** Begins a session of eight hours with a token's hash. */
export function begin(
  store: TokenStore,
  hash: Buffer,
  nextTicket = createCredential().hash,
): Promise<Session> {
  return store.redeemToken({
    hash,
    kind: 'graphical',
    nextTicket,
    sessionId: randomUUID(),
    sessionMs: 8 * 3_600_000,
  });
}

/** Resumes a session with a ticket's hash; answers the session and its next ticket. */
export async function resume(store: TokenStore, hash: Buffer): Promise<{ session: Session; ticket: Buffer }> {
  const ticket = createCredential().hash;
  return { session: await store.redeemTicket({ hash, kind: 'graphical', nextTicket: ticket }), ticket };
}
