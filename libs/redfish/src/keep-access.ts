import { deadline } from '@consolemesh/bytes';
import { type HttpClient, HttpError } from '@consolemesh/http';
import { RedfishError } from './errors.ts';
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
  /** Ends the session, within a few seconds. Never fails. */
  leave(): Promise<void>;
}

const LOGIN_MS = 30_000;
const LOGOUT_MS = 5_000;

export function keepAccess(
  send: Send,
  origin: HttpClient['origin'],
  credentials: RedfishCredentials,
): AccessKeeper {
  const closing = new AbortController();
  let entering: Promise<Access> | undefined;
  let held: Access | undefined;
  let refused: RedfishError | undefined;
  let closed = false;

  async function open(stale: Access | undefined): Promise<Access> {
    try {
      const by = { send, origin, signal: closing.signal, deadlineMs: LOGIN_MS };
      held = await logIn(by, credentials);
    } catch (error) {
      entering = undefined;
      if (error instanceof RedfishError && (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN'))
        refused = error;
      throw error;
    }
    // It may have been refused for another reason than its age, and would then fill the table.
    if (stale !== undefined) await end(stale, held);
    return held;
  }

  /** @param by who asks: a session may end itself or its predecessor */
  async function end(access: Access, by: Access): Promise<void> {
    if (access.session === undefined) return;
    const { headers } = by;
    await send({ method: 'DELETE', path: access.session, headers, deadlineMs: LOGOUT_MS }).catch(() => {});
  }

  function enter(stale?: Access): Promise<Access> {
    if (closed) return Promise.reject(new HttpError('ABORTED', 'this client is closed'));
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
      if (closed) return;
      closed = true;
      // A login that is cut off may have made a session that nobody could end.
      using limit = deadline(LOGOUT_MS);
      limit.signal.addEventListener('abort', () => closing.abort(), { once: true });
      const access = await entering?.catch(() => undefined);
      if (access?.kind === 'session') await end(access, access);
    },
  };
}
