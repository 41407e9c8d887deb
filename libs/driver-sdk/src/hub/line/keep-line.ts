import { MeshError } from '@consolemesh/errors';
import { credentialReasons } from '../../bmc-error.ts';
import type { OpenedLine } from '../../driver.ts';
import { type Clock, pause } from '../clock.ts';
import { asMeshError } from './as-mesh-error.ts';
import type { LineState } from './line-state.ts';
import { closeStream, readStream } from './line-stream.ts';
import { retryDelay } from './retry-delay.ts';

/** What keeping a line open takes. */
export interface LineParts {
  /** Opens the upstream. Has to respect the signal. `lost`: why it is tried again; undefined when somebody needs it anew. */
  open(signal: AbortSignal, lost: MeshError | undefined): Promise<OpenedLine>;
  /** Who the upstream is, for messages. */
  readonly where: string;
  /** How long a line that nobody needs any more stays open, ms. */
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Takes bytes; the line is read on when it has resolved. */
  onBytes(bytes: Buffer): Promise<void> | undefined;
  /** The state has changed. */
  onState(state: LineState): void;
}

/** Keeps one upstream open while it is needed: one at a time, opened again when it ends. */
export interface LineKeeper {
  readonly state: LineState;
  /** Says whether somebody needs the line. */
  need(needed: boolean): void;
  /** Resolves when the state is one that this answers true for. Rejects when the signal ends. */
  until(reached: (state: LineState) => boolean, signal: AbortSignal): Promise<LineState>;
  /** Ends for good; resolves when the machine is free of us. */
  close(): Promise<void>;
}

/** Longest time for opening an upstream, ms. */
const openTimeoutMs = 20_000;
/** A line that was open for so long was a good one: counting failures begins anew, ms. */
const stableMs = 30_000;

/** A line that nobody needs yet. */
export function keepLine(parts: LineParts): LineKeeper {
  const { clock, where } = parts;
  const listeners = new Set<() => void>();
  let state: LineState = { kind: 'idle' };
  let needed = false;
  let stop: AbortController | undefined;
  let running: Promise<void> = Promise.resolve();
  let forget = () => {};

  function become(next: LineState): void {
    if (state.kind === 'ended') return;
    state = next;
    parts.onState(next);
    for (const listener of [...listeners]) listener();
  }

  async function open(signal: AbortSignal, lost: MeshError | undefined): Promise<OpenedLine> {
    const timeout = AbortSignal.timeout(openTimeoutMs);
    try {
      const line = await parts.open(AbortSignal.any([signal, timeout]), lost);
      // Until somebody reads, a stream that breaks must not end the process.
      line.stream.on('error', () => {});
      return line;
    } catch (error) {
      const cause = { cause: error };
      if (timeout.aborted) throw new MeshError('BMC_TIMEOUT', `${where} did not answer in time.`, cause);
      throw error;
    }
  }

  /** One life of the upstream, from opening to its end; answers what ended it. */
  async function liveOnce(why: MeshError | undefined, signal: AbortSignal): Promise<MeshError> {
    become({ kind: 'opening', why });
    let line: OpenedLine;
    try {
      line = await open(signal, why);
    } catch (error) {
      return asMeshError(error, where);
    }
    try {
      if (!signal.aborted) become({ kind: 'open', line });
      return await readStream(line.stream, { where, signal, onBytes: parts.onBytes });
    } finally {
      await closeStream(line.stream, clock);
    }
  }

  async function keep(mine: AbortController): Promise<void> {
    const { signal } = mine;
    let why: MeshError | undefined;
    let failures = 0;
    while (!signal.aborted) {
      const began = clock.now();
      why = await liveOnce(why, signal);
      if (signal.aborted || !needed) break;
      if (credentialReasons.has(why.reason)) {
        become({ kind: 'refused', why });
        return;
      }
      failures = clock.now() - began >= stableMs ? 1 : failures + 1;
      const ms = retryDelay(failures, why, parts.random());
      become({ kind: 'waiting', retryAt: clock.now() + ms, why });
      await pause(clock, ms, signal);
    }
    if (stop === mine) end();
  }

  function begin(): void {
    const mine = new AbortController();
    stop = mine;
    // After the one before has let go of the machine: many bear one line only.
    running = running.then(() => keep(mine));
  }

  function end(): void {
    stop?.abort();
    stop = undefined;
    become({ kind: 'idle' });
  }

  return {
    get state() {
      return state;
    },
    need(now) {
      if (now === needed || state.kind === 'ended') return;
      needed = now;
      forget();
      if (now && !stop) begin();
      if (now) return;
      // What is not open is not worth being kept.
      if (state.kind === 'open') forget = clock.after(parts.lingerMs, end);
      else end();
    },
    until(reached, signal) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (!reached(state) && !signal.aborted) return;
          listeners.delete(look);
          signal.removeEventListener('abort', look);
          if (reached(state)) resolve(state);
          else reject(new MeshError('CANCELLED'));
        };
        listeners.add(look);
        signal.addEventListener('abort', look);
        look();
      });
    },
    async close() {
      forget();
      end();
      become({ kind: 'ended' });
      await running;
    },
  };
}
