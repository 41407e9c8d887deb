import type { Reason } from '@consolemesh/errors';
import { endOf } from './end.ts';
import type { LiveSession } from './registry.ts';

/** How long things may last, ms. */
export interface SessionTimes {
  /** Without input of the user; 0 = for ever. */
  readonly idleMs: number;
  /** How long before that end the user is warned. */
  readonly idleWarningMs: number;
  /** Longest session; 0 = as long as the token service says. */
  readonly longestMs: number;
  /** How often a client is asked for a sign of life. */
  readonly pingMs: number;
  /** After so long without one it is taken for dead. */
  readonly deadMs: number;
}

/**
 * Looks at one session: ends it when its time is over, warns before it is idle for too long, asks for a sign of life. One pass over
 * all sessions each second replaces several timers for each of them.
 */
export function watchSession(session: LiveSession, times: SessionTimes, now: number): void {
  const end = endByTime(session, times, now);
  if (end) {
    session.end(endOf(end));
    return;
  }
  warnIdle(session, times, now);
  const silent = session.lastAliveAt !== undefined && now - session.lastAliveAt >= times.pingMs;
  // A client that we do not read cannot answer.
  if (!silent || session.unheard()) session.askedAt = undefined;
  else if (session.askedAt === undefined) {
    session.askedAt = now;
    session.ping();
  }
}

function endByTime(session: LiveSession, times: SessionTimes, now: number): Reason | undefined {
  const end = longestEnd(session, times);
  if (end !== undefined && now >= end) return 'SESSION_EXPIRED';
  if (times.idleMs > 0 && now - session.lastInputAt >= times.idleMs) return 'SESSION_IDLE';
  // Counted from the question: a process that was stopped for a minute finds its clients alive.
  const unanswered = session.askedAt === undefined ? 0 : now - session.askedAt;
  if (unanswered >= times.deadMs - times.pingMs) return 'CLIENT_LOST';
  return undefined;
}

/** Warns once; input takes the warning back. */
function warnIdle(session: LiveSession, times: SessionTimes, now: number): void {
  const left = times.idleMs - (now - session.lastInputAt);
  const warn = times.idleMs > 0 && left <= times.idleWarningMs;
  if (warn && !session.warnedIdle) {
    session.notify('SESSION_IDLE', `Without input this session ends in ${Math.ceil(left / 1000)} seconds.`);
  }
  session.warnedIdle = warn;
}

function longestEnd(session: LiveSession, times: SessionTimes): number | undefined {
  const own = times.longestMs > 0 ? session.openedAt + times.longestMs : undefined;
  const { expiresAt } = session;
  return own !== undefined && expiresAt !== undefined ? Math.min(own, expiresAt) : (own ?? expiresAt);
}
