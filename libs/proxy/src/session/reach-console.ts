import type { Admission } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import { inSpan } from '@consolemesh/telemetry';
import type { Client } from './client.ts';
import type { Bridge } from './connector.ts';
import type { ProxyCore } from './core.ts';
import type { End } from './end.ts';
import type { Opening } from './opening.ts';
import type { LiveSession } from './registry.ts';

/** Asks the conductor for the same session again: an Attach ticket is good once. */
export type Readmit = () => Promise<Admission>;

/** What reaching a console needs. */
export interface Reaching {
  readonly client: Client;
  readonly admission: Admission;
  /** Given after a take-over or a resumption. */
  readonly again: Readmit | undefined;
  /** Ends the attempt; aborted here when it takes too long. */
  readonly reaching: AbortController;
  readonly opening: Opening;
  over(end: End): void;
}

/** Pauses between attempts, ms: 3 s in all. */
const pauses = [100, 200, 400, 800, 1_500];

/**
 * Connects within the deadline; the clock of connecting and the end of the session share one signal. After a take-over or
 * a resumption the place is ours while the former connection is still being ended, maybe at another proxy: a machine or holder that is full
 * is asked again for a while.
 */
export function reachConsole(core: ProxyCore, session: LiveSession, options: Reaching): Promise<Bridge> {
  return inSpan('reach machine', {}, () => reach(core, session, options));
}

async function reach(core: ProxyCore, session: LiveSession, options: Reaching): Promise<Bridge> {
  const { client, again, reaching, over, opening } = options;
  let { admission } = options;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reaching.abort('too late');
  }, core.times.connectMs);
  const connect = () =>
    core.connect(admission, {
      sessionId: session.sessionId,
      subject: session.subject,
      role: session.role,
      size: client.size,
      traffic: session.traffic,
      signal: reaching.signal,
      onInput: () => {
        session.lastInputAt = core.now();
        if (session.firstInputAt === undefined) {
          session.firstInputAt = session.lastInputAt;
          core.kept.wrote(session.sessionId, session.firstInputAt);
        }
        session.warnedIdle = false;
      },
      onFirstBytes: opening.pictured,
      tell: client.tell,
      notify: client.notify,
      over,
    });
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        return await connect();
      } catch (error) {
        const ms = pauses[attempt];
        if (!again || ms === undefined || !isFull(error)) throw error;
        await pause(ms, reaching.signal);
        reaching.signal.throwIfAborted();
        admission = await again();
      }
    }
  } catch (error) {
    if (late) throw new MeshError('BMC_TIMEOUT', undefined, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function isFull(error: unknown): boolean {
  return error instanceof MeshError && (error.reason === 'CONSOLE_IN_USE' || error.reason === 'BMC_BUSY');
}

/** Ends early, without an error, when the signal fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
