import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@consolemesh/mesh';
import { endProcesses } from './end-processes.ts';
import { type PairRecord, pairStands, removePairRecord } from './pair-record.ts';
import type { SocatPlan } from './socat-arguments.ts';
import { boundWords } from './socat-words.ts';
import { type ProcessLimits, type StartedSocat, startSocat } from './start-socat.ts';

/**
 * How a socat is.
 * - `running`: it listens.
 * - `restarting`: it has ended without being asked to, and is started again after a while.
 * - `lost`: it ended too often, or could not be started again.
 * - `ended`: nobody wants it any more.
 */
export type PairState =
  | { readonly kind: 'running'; readonly record: PairRecord }
  | { readonly kind: 'restarting'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'ended' };

/** A socat that is kept running. */
export interface SupervisedPair {
  readonly state: PairState;
  readonly plan: SocatPlan;
  /** Looks now, and keeps the file small into which the socat complains. */
  look(): Promise<void>;
  /** Ends the processes; resolves when none is left. */
  end(): Promise<void>;
  /** Lets them run on without being watched. */
  leave(): void;
}

/** After so many ends in a row it is given up. */
const mostFailures = 6;
/** One that ran for so long was a good one, ms. */
const stableMs = 60_000;
const longestPauseMs = 30_000;

/** Watches a socat that was started (`child`) or adopted, and starts it again when it ends. `changed`: its state is another. */
export function supervisePair(
  plan: SocatPlan,
  first: { readonly record: PairRecord; readonly child?: ChildProcess | undefined },
  parts: {
    limits: ProcessLimits;
    logger: Logger;
    changed: () => void;
    random?: () => number;
    firstPauseMs?: number;
  },
): SupervisedPair {
  const { limits, logger, changed, random = Math.random, firstPauseMs = 500 } = parts;
  const life = new AbortController();
  const { signal } = life;
  let state: PairState = { kind: 'running', record: first.record };
  let failures = 0;
  let since = performance.now();
  let work: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function become(next: PairState): void {
    state = next;
    changed();
  }

  function watch({ record, child }: { record: PairRecord; child?: ChildProcess | undefined }): void {
    if (child) child.once('exit', () => onEnd(record));
    // The child of another process does not tell when it ends.
    else {
      timer = setTimeout(async () => {
        if (await pairStands(record)) watch({ record });
        else onEnd(record);
      }, limits.checkEveryMs);
      timer.unref();
    }
    if (child && (child.exitCode !== null || child.signalCode !== null)) onEnd(record);
  }

  function onEnd(record: PairRecord): void {
    if (signal.aborted || state.kind !== 'running' || state.record !== record) return;
    if (performance.now() - since >= stableMs) failures = 0;
    logger.warn({ port: plan.port, pid: record.socat.pid }, 'a socat has ended and is started again');
    become({
      kind: 'restarting',
      why: `The socat at port ${plan.port} has ended; it is being started again.`,
    });
    work = restart();
  }

  async function restart(): Promise<void> {
    let why = `The socat at port ${plan.port} ended again and again.`;
    while (failures < mostFailures && !signal.aborted) {
      failures += 1;
      const pause = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs) * (0.75 + 0.5 * random());
      try {
        // What is left of it has a terminal at which nobody sits.
        await endProcesses(plan.folder, limits.killTimeoutMs);
        await sleep(pause, undefined, { signal });
        const started: StartedSocat = await startSocat(plan, limits, signal);
        since = performance.now();
        become({ kind: 'running', record: started.record });
        watch(started);
        return;
      } catch (error) {
        if (signal.aborted) return;
        why = error instanceof Error ? error.message : why;
        logger.warn({ err: error, port: plan.port }, 'a socat could not be started again');
      }
    }
    if (!signal.aborted) become({ kind: 'lost', why });
  }

  function leave(): void {
    clearTimeout(timer);
    life.abort();
    state = { kind: 'ended' };
  }

  watch(first);
  return {
    plan,
    get state() {
      return state;
    },
    async look() {
      await boundWords(plan.folder);
      if (state.kind === 'running' && !(await pairStands(state.record))) onEnd(state.record);
    },
    leave,
    async end() {
      leave();
      await work;
      await endProcesses(plan.folder, limits.killTimeoutMs);
      await removePairRecord(plan.folder);
    },
  };
}
