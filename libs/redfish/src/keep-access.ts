import { deadline } from '@consolemesh/bytes';
import type { HttpClient } from '@consolemesh/http';
import { closedError, RedfishError } from './errors.ts';
import { type Access, logIn, type RedfishCredentials } from './log-in.ts';
import type { Send } from './send.ts';

/** Holds the one session of a client. */
export interface AccessKeeper {
  /** The session, opened with the first call; all who ask meanwhile share it. */
  enter(): Promise<Access>;
  /** A new session instead of one that is no longer accepted; at once the newer one where there already is one. */
  renew(stale: Access): Promise<Access>;
  /** The service does not accept the credentials: from now on everybody gets this error, and the service is left alone. */
  refuse(error: RedfishError): void;
  /** Begins nothing any more and ends the session; waits for that no longer than 5 s. Never fails. */
  leave(): Promise<void>;
  /** Settles at most 30 s after `leave`, when nothing goes on any more. Never fails. */
  readonly ended: Promise<void>;
}

const LOGIN_MS = 30_000;
const LOGOUT_MS = 5_000;
/** How long whoever leaves is kept waiting. */
const LEAVE_MS = 5_000;
/** How long after that a session is still seen to its end, be it one whose login is only now answered. */
const WIND_UP_MS = 30_000;

export function keepAccess(
  send: Send,
  origin: HttpClient['origin'],
  credentials: RedfishCredentials,
): AccessKeeper {
  /** Nobody wants a session any more. */
  const closing = new AbortController();
  /** Not even what has been sent is waited for any more. */
  const cutting = new AbortController();
  let entering: Promise<Access> | undefined;
  let held: Access | undefined;
  let refused: RedfishError | undefined;
  let markEnded = () => {};
  const ended = new Promise<void>((resolve) => {
    markEnded = resolve;
  });

  async function open(stale: Access | undefined): Promise<Access> {
    try {
      const by = { send, origin, closing: closing.signal, cutting: cutting.signal, deadlineMs: LOGIN_MS };
      held = await logIn(by, credentials);
    } catch (error) {
      entering = undefined;
      if (error instanceof RedfishError && (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN'))
        refused = error;
      throw error;
    }
    // It may have been refused for another reason than its age, and would then fill the table.
    if (stale !== undefined) await end(stale, held, LOGOUT_MS);
    return held;
  }

  /** @param by who asks: a session may end itself or its predecessor */
  async function end(access: Access, by: Access, ms: number): Promise<void> {
    if (access.session === undefined) return;
    // Holds also when it has to be sent twice.
    using limit = deadline(ms);
    const { headers } = by;
    await send({ method: 'DELETE', path: access.session, headers, signal: limit.signal }).catch(() => {});
  }

  /**
   * A login that has been sent is waited for: cut off, it may have made a session that nobody could end. What it has not sent
   * yet, it does not send any more. The time is enough to end the session after it, and the one that it may have replaced.
   */
  async function windUp(): Promise<void> {
    const over = performance.now() + WIND_UP_MS;
    closing.abort();
    using limit = deadline(WIND_UP_MS - 2 * LOGOUT_MS);
    limit.signal.addEventListener('abort', () => cutting.abort(), { once: true });
    const access = await entering?.catch(() => undefined);
    if (access?.kind === 'session') await end(access, access, Math.max(LOGOUT_MS, over - performance.now()));
  }

  function enter(stale?: Access): Promise<Access> {
    if (closing.signal.aborted) return Promise.reject(closedError());
    if (refused !== undefined) return Promise.reject(refused);
    entering ??= open(stale);
    return entering;
  }

  return {
    enter: () => enter(),
    renew(stale) {
      if (held !== stale) return enter();
      held = undefined;
      entering = undefined;
      return enter(stale);
    },
    refuse(error) {
      refused = error;
    },
    async leave() {
      if (!closing.signal.aborted) windUp().then(markEnded, markEnded);
      using limit = deadline(LEAVE_MS);
      const late = new Promise<void>((resolve) => {
        limit.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([ended, late]);
    },
    ended,
  };
}
