import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { IdracUser } from '../bmc/types.ts';

/** A login that lasts (DSP0266 clause 13.3.4). */
export interface Session {
  readonly id: string;
  readonly token: string;
  readonly user: IdracUser;
}

export interface Sessions {
  /** undefined = the table is full. */
  open(user: IdracUser): Session | undefined;
  /** The session of a token; it counts as used now. */
  use(token: string): Session | undefined;
  find(id: string): Session | undefined;
  close(id: string): void;
  /** Those that have not run out. */
  readonly all: readonly Session[];
  clear(): void;
}

export function createSessions(options: {
  clock: Clock;
  most: () => number;
  timeoutMs: () => number;
}): Sessions {
  const { clock, most, timeoutMs } = options;
  const sessions = new Map<string, Session & { usedAt: number }>();
  const purge = () => {
    for (const [id, { usedAt }] of sessions) {
      if (clock.now() - usedAt >= timeoutMs()) sessions.delete(id);
    }
  };
  return {
    open(user) {
      purge();
      if (sessions.size >= most()) return undefined;
      const id = String(randomInt(1, 2 ** 31));
      const session = { id, token: randomBytes(16).toString('hex'), user, usedAt: clock.now() };
      sessions.set(id, session);
      return session;
    },
    use(token) {
      purge();
      const session = [...sessions.values()].find((other) => other.token === token);
      if (session) session.usedAt = clock.now();
      return session;
    },
    find(id) {
      purge();
      return sessions.get(id);
    },
    close: (id) => void sessions.delete(id),
    get all() {
      purge();
      return [...sessions.values()];
    },
    clear: () => sessions.clear(),
  };
}
