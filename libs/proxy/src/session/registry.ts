import type { ConsoleKey } from '@consolemesh/contracts/types';
import { MeshError, type Reason } from '@consolemesh/errors';
import type { Revocable } from '../admission/watch-revocations.ts';
import type { Traffic } from '../link/relay.ts';
import { type End, endOf } from './end.ts';

/** A session that this proxy carries. */
export interface LiveSession extends Revocable {
  readonly key: ConsoleKey;
  readonly role: 'control' | 'view';
  /** ms since the epoch. */
  readonly openedAt: number;
  readonly expiresAt: number | undefined;
  readonly clientAddress: string;
  readonly traffic: Traffic;
  /** Last time the user did something, ms since the epoch. */
  lastInputAt: number;
  /** When the user gave input for the first time over this connection; undefined until then. */
  firstInputAt: number | undefined;
  /** Last sign of life of the client, ms since the epoch; undefined for clients that cannot be asked. */
  lastAliveAt: number | undefined;
  /** When it was asked for one and has not answered, ms since the epoch. */
  askedAt: number | undefined;
  warnedIdle: boolean;
  /** Asks the client for a sign of life. */
  ping(): void;
  /** Whether the client cannot answer because we do not read. */
  unheard(): boolean;
  notify(reason: Reason, message: string): void;
  /** Ends it; only the first end counts. */
  end(end: End): void;
}

/** All sessions of a proxy, in the order of their opening. */
export interface Registry {
  readonly size: number;
  readonly draining: boolean;
  /** Throws SESSION_LIMIT or DRAINING when one more may not be opened. */
  check(): void;
  /** Adds one. An older connection of the same session is ended: its tab has come back. Throws as `check`. */
  add(session: LiveSession): void;
  /** Answers whether it was still the session's connection. */
  remove(session: LiveSession): boolean;
  get(sessionId: string): LiveSession | undefined;
  all(): LiveSession[];
  /** Takes an end that the conductor wants. */
  endByConductor(sessionId: string, end: End): void;
  /** Ends what `matches` says; answers how many. */
  endWhere(matches: (session: LiveSession) => boolean, end: End): number;
  /** No new session; tells the living; resolves when the last is gone or `graceMs` is over, with how many had to be ended. */
  drain(graceMs: number): Promise<number>;
}

/** A registry with a bound. */
export function createRegistry(options: { maxSessions: number }): Registry {
  const sessions = new Map<string, LiveSession>();
  /** Sessions whose older connection ended here because the tab came back: the conductor's word for that end is still to come. */
  const replaced = new Set<string>();
  const emptied = new Set<() => void>();
  let draining = false;

  const check = () => {
    if (draining) throw new MeshError('DRAINING');
    if (sessions.size >= options.maxSessions) throw new MeshError('SESSION_LIMIT');
  };

  return {
    get size() {
      return sessions.size;
    },
    get draining() {
      return draining;
    },
    check,
    add(session) {
      const older = sessions.get(session.sessionId);
      if (!older) check();
      // First out of the map, so that the older connection sees that it has been replaced.
      sessions.delete(session.sessionId);
      sessions.set(session.sessionId, session);
      if (older) {
        replaced.add(session.sessionId);
        older.end(endOf('CLIENT_LOST'));
      }
    },
    remove(session) {
      if (sessions.get(session.sessionId) !== session) return false;
      sessions.delete(session.sessionId);
      replaced.delete(session.sessionId);
      if (sessions.size === 0) for (const wake of emptied) wake();
      return true;
    },
    get: (sessionId) => sessions.get(sessionId),
    all: () => [...sessions.values()],
    endByConductor(sessionId, end) {
      // CLIENT_LOST is the conductor's word for "its tab has come back"; meant is the connection that is gone already.
      if (end.reason === 'CLIENT_LOST' && replaced.delete(sessionId)) return;
      sessions.get(sessionId)?.end({ ...end, byConductor: true });
    },
    endWhere(matches, end) {
      const found = [...sessions.values()].filter(matches);
      for (const session of found) session.end(end);
      return found.length;
    },
    async drain(graceMs) {
      draining = true;
      if (sessions.size === 0) return 0;
      if (graceMs > 0) {
        for (const session of sessions.values()) {
          session.notify(
            'DRAINING',
            'This instance will be shut down soon; the session will then go on at another.',
          );
        }
        await new Promise<void>((resolve) => {
          const done = () => {
            clearTimeout(timer);
            emptied.delete(done);
            resolve();
          };
          const timer = setTimeout(done, graceMs);
          emptied.add(done);
        });
      }
      const rest = [...sessions.values()];
      for (const session of rest) session.end(endOf('DRAINING'));
      return rest.length;
    },
  };
}
