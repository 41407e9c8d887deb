import {
  type EndSession,
  type KeepSessionsRequest,
  type SessionClosed,
  type SessionNotice,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import { type Connection, type Logger, toTimestamp } from '@consolemesh/mesh';
import { jitteredBackoff, type Wait } from './backoff.ts';

/** The one stream between a proxy and the conductor: live sessions up, ends and notices down. */
export interface KeptSessions extends AsyncDisposable {
  /** Whether the conductor hears us; without it no new session is admitted and live ones go on. */
  readonly up: boolean;
  /** Resolves with `up` once it is up, or after `ms`. */
  ready(ms: number): Promise<boolean>;
  opened(sessionId: string): void;
  /** Its user gave input for the first time, at `at` (ms since the epoch). */
  wrote(sessionId: string, at: number): void;
  closed(notice: SessionClosed): void;
}

/** What the stream needs. */
export interface KeepSessionsOptions {
  readonly conductor: Connection;
  readonly proxyId: string;
  /** gRPC target of our proxy.v1. */
  readonly target: string;
  readonly logger: Logger;
  /** Ids of all live sessions; asked for each hello. */
  live(): string[];
  /** Live sessions whose users have given input, and when first; said again after each hello. */
  written(): { sessionId: string; at: number }[];
  onEnd(end: EndSession): void;
  onNotice(notice: SessionNotice): void;
  readonly wait?: Wait;
  /** How often to say that we are here, ms. */
  readonly heartbeatMs?: number;
  /** How long the conductor may be silent, ms. */
  readonly silenceMs?: number;
}

/** Notices that wait for the conductor to come back; older ones are covered by the hello. */
const mostWaiting = 1000;

/** Opens the stream and keeps it open: reconnects with jittered back-off and says again what is carried. */
export function keepSessions(options: KeepSessionsOptions): KeptSessions {
  const { conductor, logger, proxyId, target, wait = jitteredBackoff } = options;
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const client = conductor.client(SessionServiceDefinition);
  /** Ends that no conductor has heard yet: a session that a person ended must not look as if it had been lost. */
  let unheard: KeepSessionsRequest[] = [];
  let outbox: Outbox | undefined;
  let up = false;
  const waiters = new Set<() => void>();

  const setUp = (now: boolean) => {
    if (now !== up)
      logger[now ? 'info' : 'warn'](
        { conductor: conductor.target },
        now
          ? 'the conductor hears us'
          : 'the conductor is not reachable; live sessions go on, new ones are refused',
      );
    up = now;
    if (now) for (const wake of waiters) wake();
  };

  const once = async (): Promise<void> => {
    await Promise.race([conductor.ready(5_000), stopped]);
    if (stop.signal.aborted) return;
    const call = new AbortController();
    const cancel = () => call.abort();
    stop.signal.addEventListener('abort', cancel, { once: true });
    const mine = createOutbox();
    const hello: KeepSessionsRequest = {
      notice: { $case: 'hello', value: { proxyId, sessionIds: options.live(), target } },
    };
    mine.put(hello);
    for (const { sessionId, at } of options.written()) mine.put(wroteNotice(sessionId, at));
    for (const notice of unheard) mine.put(notice);
    unheard = [];
    outbox = mine;
    const beat = setInterval(
      () => mine.put({ notice: { $case: 'heartbeat', value: {} } }),
      options.heartbeatMs ?? 4_000,
    );
    let silence = setTimeout(cancel, options.silenceMs ?? 15_000);
    try {
      const answers = client.keepSessions(mine.messages(), { signal: call.signal });
      setUp(true);
      for await (const { notice } of answers) {
        clearTimeout(silence);
        silence = setTimeout(cancel, options.silenceMs ?? 15_000);
        if (notice?.$case === 'end') options.onEnd(notice.value);
        else if (notice?.$case === 'notify') options.onNotice(notice.value);
      }
    } finally {
      clearInterval(beat);
      clearTimeout(silence);
      stop.signal.removeEventListener('abort', cancel);
      outbox = undefined;
      unheard.push(...mine.end().filter(({ notice }) => notice?.$case === 'closed'));
      call.abort();
      if (!stop.signal.aborted) setUp(false);
    }
  };

  const running = (async () => {
    for (let attempt = 0; !stop.signal.aborted; attempt++) {
      const before = performance.now();
      try {
        await once();
      } catch (error) {
        if (!stop.signal.aborted) logger.debug({ err: error }, 'the stream to the conductor ended');
      }
      if (performance.now() - before > 10_000) attempt = 0;
      if (!stop.signal.aborted) await wait(attempt, stop.signal);
    }
  })();

  return {
    get up() {
      return up;
    },
    ready(ms) {
      if (up) return Promise.resolve(true);
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiters.delete(done);
          resolve(up);
        };
        const timer = setTimeout(done, ms);
        waiters.add(done);
      });
    },
    // Not kept while the conductor is away: the hello says it.
    opened: (sessionId) => outbox?.put({ notice: { $case: 'openedSessionId', value: sessionId } }),
    // Neither is this: it is said again after the hello, and with the end.
    wrote: (sessionId, at) => outbox?.put(wroteNotice(sessionId, at)),
    closed(notice) {
      const message: KeepSessionsRequest = { notice: { $case: 'closed', value: notice } };
      if (outbox) outbox.put(message);
      else if (unheard.length < mostWaiting) unheard.push(message);
    },
    async [Symbol.asyncDispose]() {
      // What was said last should still leave: the stream's end is the conductor's sign that we are gone.
      await outbox?.flushed(500);
      stop.abort();
      await running;
    },
  };
}

function wroteNotice(sessionId: string, at: number): KeepSessionsRequest {
  return { notice: { $case: 'wrote', value: { sessionId, at: toTimestamp(at) } } };
}

interface Outbox {
  put(message: KeepSessionsRequest): void;
  messages(): AsyncGenerator<KeepSessionsRequest, void, undefined>;
  /** Resolves when everything was taken, or after `ms`. */
  flushed(ms: number): Promise<void>;
  /** Ends it; answers what was not taken. */
  end(): KeepSessionsRequest[];
}

function createOutbox(): Outbox {
  const queue: KeepSessionsRequest[] = [];
  let wake: (() => void) | undefined;
  let emptied: (() => void) | undefined;
  let ended = false;
  return {
    put(message) {
      queue.push(message);
      wake?.();
    },
    async *messages() {
      while (!ended) {
        const next = queue.shift();
        if (next) yield next;
        else {
          emptied?.();
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
    flushed: (ms) =>
      new Promise((resolve) => {
        if (queue.length === 0) return resolve();
        const timer = setTimeout(resolve, ms);
        emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    end() {
      ended = true;
      wake?.();
      return queue.splice(0);
    },
  };
}
