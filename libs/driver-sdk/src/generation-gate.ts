import { MeshError } from '@consolemesh/errors';
import { createSharedWork, type SharedWork } from './shared-work.ts';

/** A mutating call about one incarnation of one console. */
export interface GateCall {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly fence: bigint;
  /** Ends when the caller is gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** Why an incarnation ends: stopped by its key, by a newer generation, or made anew with the same key, with other arguments or the same. */
export type Ending = 'stopped' | 'superseded' | 'replaced' | 'repeated';

/** What the gate calls; never two of them at once for one console. */
export interface Life<I, StopResult> {
  /** Makes it. A rejection leaves it `failed`; it is destroyed before anything else is made. */
  create(incarnation: I, signal: AbortSignal): Promise<void>;
  /** Whether what was made still works. */
  verify(incarnation: I, signal: AbortSignal): Promise<boolean>;
  /** Ends it, also when it was made in part only. */
  destroy(incarnation: I, why: Ending, signal: AbortSignal): Promise<StopResult>;
}

/** What a gate knows about a console. */
export interface Seen<I> {
  readonly consoleId: string;
  /** Highest ever seen. */
  readonly generation: bigint;
  readonly fence: bigint;
  readonly phase: 'starting' | 'started' | 'failed' | 'stopped';
  /** What stands or was tried last; undefined when stopped. */
  readonly incarnation: I | undefined;
  /** Highest generation that was stopped here; 0 when none was, or when it was started again since. */
  readonly stoppedGeneration: bigint;
  /** Why the last start failed. */
  readonly failure: unknown;
}

/** The rules of key and fence (proto/consolemesh/driver/v1/SPEC.md, sections "Key" and "Fence"), for drivers and providers alike. */
export interface GenerationGate<I, StopResult> {
  /**
   * The incarnation, made now or standing and verified. An identical call in flight is joined.
   * @throws MeshError STALE_GENERATION, STALE_FENCE, OPERATION_IN_FLIGHT, RESOURCE_EXHAUSTED, and what `create` throws
   */
  start(call: GateCall, fingerprint: string, make: (fence: bigint) => I): Promise<I>;
  /**
   * Ends the incarnation of this key or an older one; touches nothing newer. `orphan` stands for one that another instance made: it is
   * destroyed when this instance knows none. `renew` is shown the one that stands before it is destroyed. Undefined when there was nothing
   * to do.
   * @throws MeshError STALE_FENCE, OPERATION_IN_FLIGHT, and what `destroy` throws
   */
  stop(
    call: GateCall,
    orphan?: (fence: bigint) => I,
    renew?: (standing: I) => void,
  ): Promise<StopResult | undefined>;
  /** Judges a call that changes nothing here: raises the fence, remembers no generation. */
  judge(call: Omit<GateCall, 'signal'>): void;
  find(consoleId: string): Seen<I> | undefined;
  /** Everything that is starting or started, in the order of console_id. */
  held(): readonly Seen<I>[];
  /** Calls back with the console's id whenever its phase has changed. Answers how to stop that. */
  onChange(listener: (consoleId: string) => void): () => void;
}

/** Bounds of a gate. */
export interface GateLimits {
  /** Incarnations that stand at once. */
  readonly maxHeld: number;
  /** Consoles whose generation and fence are remembered, the held ones included. */
  readonly maxRemembered: number;
  /** Calls that wait for their turn on one console. */
  readonly maxWaiting: number;
}

const defaultLimits: GateLimits = { maxHeld: 10_000, maxRemembered: 50_000, maxWaiting: 16 };

interface Entry<I, StopResult> {
  consoleId: string;
  generation: bigint;
  fence: bigint;
  phase: Seen<I>['phase'];
  incarnation: I | undefined;
  incarnationGeneration: bigint;
  /** Highest generation that was stopped with success; stopping it again touches nothing. */
  stoppedGeneration: bigint;
  fingerprint: string;
  failure: unknown;
  /** Ends when the last call that was let in has ended; never rejects. */
  tail: Promise<void>;
  waiting: number;
  flight:
    | {
        verb: 'start' | 'stop';
        generation: bigint;
        fingerprint: string;
        work: SharedWork<I | StopResult | undefined>;
      }
    | undefined;
}

/** A gate that knows nothing yet. */
export function createGenerationGate<I, StopResult>(
  life: Life<I, StopResult>,
  limits: GateLimits = defaultLimits,
): GenerationGate<I, StopResult> {
  const entries = new Map<string, Entry<I, StopResult>>();
  const listeners = new Set<(consoleId: string) => void>();
  let heldCount = 0;

  const isHeld = (entry: Entry<I, StopResult>) => entry.phase === 'starting' || entry.phase === 'started';

  function setPhase(entry: Entry<I, StopResult>, phase: Seen<I>['phase'], incarnation: I | undefined): void {
    const before = isHeld(entry);
    entry.phase = phase;
    entry.incarnation = incarnation;
    heldCount += Number(isHeld(entry)) - Number(before);
    for (const listener of listeners) listener(entry.consoleId);
  }

  function entryOf(consoleId: string): Entry<I, StopResult> {
    let entry = entries.get(consoleId);
    if (!entry) {
      entry = {
        consoleId,
        generation: 0n,
        fence: 0n,
        phase: 'stopped',
        incarnation: undefined,
        incarnationGeneration: 0n,
        stoppedGeneration: 0n,
        fingerprint: '',
        failure: undefined,
        tail: Promise.resolve(),
        waiting: 0,
        flight: undefined,
      };
    } else entries.delete(consoleId);
    // Re-inserted, so that the map's order is that of the last call.
    entries.set(consoleId, entry);
    forgetOldest();
    return entry;
  }

  function forgetOldest(): void {
    if (entries.size <= limits.maxRemembered) return;
    for (const entry of entries.values()) {
      if (entry.incarnation === undefined && entry.waiting === 0 && !entry.flight) {
        entries.delete(entry.consoleId);
        return;
      }
    }
  }

  function raiseFence(entry: Entry<I, StopResult>, call: Pick<GateCall, 'consoleId' | 'fence'>): void {
    if (call.fence < entry.fence) {
      throw new MeshError('STALE_FENCE', undefined, {
        metadata: { console: call.consoleId, fence: String(entry.fence) },
      });
    }
    entry.fence = call.fence;
  }

  const staleGeneration = (entry: Entry<I, StopResult>) =>
    new MeshError('STALE_GENERATION', undefined, {
      metadata: { console: entry.consoleId, generation: String(entry.generation) },
    });

  /** Runs `work` when every earlier call on this console has ended. */
  function enqueue<T extends I | StopResult | undefined>(
    entry: Entry<I, StopResult>,
    about: { verb: 'start' | 'stop'; generation: bigint; fingerprint: string },
    work: (signal: AbortSignal) => Promise<T>,
  ): SharedWork<T> {
    if (entry.waiting >= limits.maxWaiting) throw new MeshError('OPERATION_IN_FLIGHT');
    const before = entry.tail;
    entry.waiting += 1;
    const shared = createSharedWork(async (signal) => {
      try {
        await before;
        signal.throwIfAborted();
        return await work(signal);
      } finally {
        entry.waiting -= 1;
        if (entry.flight?.work === shared) entry.flight = undefined;
      }
    });
    entry.flight = { ...about, work: shared };
    entry.tail = shared.settled;
    return shared;
  }

  async function destroyOld(entry: Entry<I, StopResult>, why: Ending, signal: AbortSignal): Promise<void> {
    const old = entry.incarnation;
    if (old === undefined) return;
    // Whatever the machine says, the older one is dropped: it must not stand in the way of the newer.
    await life.destroy(old, why, signal).catch(() => {});
    signal.throwIfAborted();
    setPhase(entry, 'stopped', undefined);
  }

  async function makeAnew(
    entry: Entry<I, StopResult>,
    call: GateCall,
    fingerprint: string,
    make: (fence: bigint) => I,
    signal: AbortSignal,
  ): Promise<I> {
    if (heldCount >= limits.maxHeld) {
      throw new MeshError('RESOURCE_EXHAUSTED', `This instance holds ${limits.maxHeld} consoles already.`);
    }
    const made = make(entry.fence);
    entry.incarnationGeneration = call.generation;
    // A start after a stop of the same generation undoes that stop.
    entry.stoppedGeneration = 0n;
    entry.fingerprint = fingerprint;
    entry.failure = undefined;
    setPhase(entry, 'starting', made);
    try {
      await life.create(made, signal);
    } catch (error) {
      entry.failure = error;
      setPhase(entry, 'failed', made);
      throw error;
    }
    setPhase(entry, 'started', made);
    return made;
  }

  return {
    async start(call, fingerprint, make) {
      const entry = entryOf(call.consoleId);
      if (call.generation < entry.generation) throw staleGeneration(entry);
      raiseFence(entry, call);
      entry.generation = call.generation;
      const { flight } = entry;
      if (
        flight?.verb === 'start' &&
        flight.generation === call.generation &&
        flight.fingerprint === fingerprint &&
        !flight.work.abandoned
      ) {
        return flight.work.join(call.signal) as Promise<I>;
      }
      // A start of an older generation, or with older arguments, is of no use to anybody any more.
      if (flight?.verb === 'start') flight.work.abort(staleGeneration(entry));
      const about = { verb: 'start' as const, generation: call.generation, fingerprint };
      const work = enqueue<I>(entry, about, async (signal) => {
        if (call.generation < entry.generation) throw staleGeneration(entry);
        if (entry.incarnation !== undefined && entry.incarnationGeneration < call.generation) {
          await destroyOld(entry, 'superseded', signal);
        }
        if (
          entry.phase === 'started' &&
          entry.incarnation !== undefined &&
          entry.fingerprint === fingerprint
        ) {
          if (await life.verify(entry.incarnation, signal)) return entry.incarnation;
        }
        await destroyOld(entry, entry.fingerprint === fingerprint ? 'repeated' : 'replaced', signal);
        return makeAnew(entry, call, fingerprint, make, signal);
      });
      return work.join(call.signal);
    },

    async stop(call, orphan, renew) {
      const entry = entryOf(call.consoleId);
      if (call.generation < entry.generation) return undefined;
      raiseFence(entry, call);
      entry.generation = call.generation;
      const { flight } = entry;
      if (flight?.verb === 'stop' && flight.generation === call.generation && !flight.work.abandoned) {
        return flight.work.join(call.signal) as Promise<StopResult | undefined>;
      }
      if (flight?.verb === 'start') {
        flight.work.abort(
          new MeshError('CONSOLE_DISABLED', 'The console was stopped while it was being started.'),
        );
      }
      const about = { verb: 'stop' as const, generation: call.generation, fingerprint: '' };
      const work = enqueue<StopResult | undefined>(entry, about, async (signal) => {
        if (call.generation < entry.generation) return undefined;
        const standing = entry.incarnation;
        if (standing !== undefined) renew?.(standing);
        const ended =
          standing ?? (entry.stoppedGeneration < call.generation ? orphan?.(entry.fence) : undefined);
        const result = ended === undefined ? undefined : await life.destroy(ended, 'stopped', signal);
        entry.stoppedGeneration = call.generation;
        setPhase(entry, 'stopped', undefined);
        return result;
      });
      return work.join(call.signal);
    },

    judge(call) {
      const entry = entryOf(call.consoleId);
      if (call.generation < entry.generation) throw staleGeneration(entry);
      raiseFence(entry, call);
    },

    find: (consoleId) => entries.get(consoleId),
    held: () => [...entries.values()].filter(isHeld).sort((a, b) => (a.consoleId < b.consoleId ? -1 : 1)),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
