import { type Revocation, TokenServiceDefinition } from '@consolemesh/contracts/token';
import type { Connection, Logger } from '@consolemesh/mesh';
import { jitteredBackoff, type Wait } from './backoff.ts';

/** What a revocation is compared with. */
export interface Revocable {
  readonly sessionId: string;
  readonly consoleId: string;
  readonly subject: string;
  readonly tokenId: string;
}

/** Follows the token service's revocations. */
export interface RevocationWatch extends AsyncDisposable {
  /** False when the token service has been silent for so long that nobody may be admitted any more. */
  readonly trustworthy: boolean;
  /** A revocation of this session that arrived at `since` (ms since the epoch) or later. */
  find(session: Revocable, since: number): Revocation | undefined;
}

/** What following needs. */
export interface WatchRevocationsOptions {
  readonly tokenService: Connection;
  readonly logger: Logger;
  onRevocation(revocation: Revocation): void;
  readonly now: () => number;
  /** How long the token service may be away before nobody is admitted, ms. */
  readonly graceMs?: number;
  readonly wait?: Wait;
}

/** A session that was redeemed while a revocation was on its way is found among the last ones. */
const mostRecent = 4096;
/** The service says something at least every 5 s; after so long the stream is taken for dead, ms. */
const longestSilence = 12_000;

/** Follows revocations, from the last revision seen after every interruption. */
export function watchRevocations(options: WatchRevocationsOptions): RevocationWatch {
  const { tokenService, logger, now, wait = jitteredBackoff } = options;
  const stop = new AbortController();
  const client = tokenService.client(TokenServiceDefinition);
  const recent: { at: number; revocation: Revocation }[] = [];
  let revision = 0n;
  let lastHeard = now();

  const take = (revocation: Revocation) => {
    recent.push({ at: now(), revocation });
    if (recent.length > mostRecent) recent.splice(0, mostRecent / 2);
    options.onRevocation(revocation);
  };

  const once = async (): Promise<void> => {
    const call = new AbortController();
    const cancel = () => call.abort();
    stop.signal.addEventListener('abort', cancel, { once: true });
    let silence = setTimeout(cancel, longestSilence);
    try {
      for await (const { notice } of client.watchRevocations(
        { afterRevision: revision },
        { signal: call.signal },
      )) {
        clearTimeout(silence);
        silence = setTimeout(cancel, longestSilence);
        lastHeard = now();
        if (!notice) continue;
        // A heartbeat's revision is only a place to begin: later it may run ahead of a revocation that is still to come.
        if (notice.$case === 'heartbeat') {
          if (revision === 0n) revision = notice.value.revision;
        } else {
          if (notice.value.revision > revision) revision = notice.value.revision;
          take(notice.value);
        }
      }
    } finally {
      clearTimeout(silence);
      stop.signal.removeEventListener('abort', cancel);
      call.abort();
    }
  };

  const running = (async () => {
    for (let attempt = 0; !stop.signal.aborted; attempt++) {
      const heardBefore = lastHeard;
      try {
        await once();
      } catch (error) {
        if (!stop.signal.aborted) logger.debug({ err: error }, 'the stream of revocations ended');
      }
      if (lastHeard > heardBefore) attempt = 0;
      if (!stop.signal.aborted) await wait(attempt, stop.signal);
    }
  })();

  return {
    get trustworthy() {
      return now() - lastHeard <= (options.graceMs ?? 30_000);
    },
    find: (session, since) =>
      recent.find(({ at, revocation }) => at >= since && concerns(revocation, session))?.revocation,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Whether a revocation ends a session. */
export function concerns(revocation: Revocation, session: Revocable): boolean {
  const { tokenId, consoleId, subject, sessionId } = revocation;
  return (
    (tokenId !== '' && tokenId === session.tokenId) ||
    (consoleId !== '' && consoleId === session.consoleId) ||
    (subject !== '' && subject === session.subject) ||
    (sessionId !== '' && sessionId === session.sessionId)
  );
}
