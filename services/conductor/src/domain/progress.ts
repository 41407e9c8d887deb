import { failsBecause, holds, setCondition } from './conditions.ts';
import {
  type Condition,
  type ConsoleRecord,
  type Holder,
  type Incarnation,
  type IncarnationSecrets,
  incarnationOf,
  type Retry,
} from './console.ts';
import type { Failure } from './failure.ts';
import type { EndpointKind } from './kinds.ts';
import { sealed } from './sealed.ts';

/**
 * Steps of a start and of a stop, as the reconciler commits them. Each answers the new record, or `undefined` when the record has moved on
 * (another generation is wanted, or none): then the step's outcome belongs to the past and is dropped.
 */
export type Step = ConsoleRecord | undefined;

/** Attempts so far. */
export function attemptsOf(retry: Retry): number {
  return retry.kind === 'none' ? 0 : retry.attempts;
}

/** A try begins. */
export function attempt(record: ConsoleRecord, generation: bigint): Step {
  if (!isWanted(record, generation)) return undefined;
  if (record.state.observed !== 'failed') return record;
  return { ...record, state: { observed: 'starting', incarnation: record.state.incarnation } };
}

/** A driver was chosen; nothing was touched yet. */
export function driverChosen(
  record: ConsoleRecord,
  chosen: { generation: bigint; driver: string; why: string; secrets: IncarnationSecrets },
  now: number,
): Step {
  if (!isWanted(record, chosen.generation) || incarnationOf(record.state)) return undefined;
  const incarnation: Incarnation = {
    generation: chosen.generation,
    progress: 'chosen',
    driver: chosen.driver,
    why: chosen.why,
    holder: undefined,
    endpointKind: undefined,
    provider: undefined,
    providerHolder: undefined,
    maxSessions: 1,
    unverifiedTls: false,
    secrets: sealed(chosen.secrets),
  };
  return withConditions({ ...record, state: { observed: 'starting', incarnation } }, now, [
    holds('DriverChosen', 'Chosen', chosen.why),
  ]);
}

/** PrepareConsole has answered: what StopConsole needs is safe, and who is asked first to start it is known. */
export function prepared(
  record: ConsoleRecord,
  step: { generation: bigint; holder: Holder; restoreState: Buffer; changes: readonly string[] },
  now: number,
): Step {
  const next = change(record, step.generation, (incarnation) => ({
    ...incarnation,
    progress: 'prepared',
    holder: step.holder,
    secrets: sealed({ ...incarnation.secrets.reveal(), restoreState: step.restoreState }),
  }));
  return next && withConditions(next, now, [holds('Prepared', 'Prepared', step.changes.join(' '))]);
}

/** StartConsole is about to be called at this instance. */
export function startingAt(record: ConsoleRecord, step: { generation: bigint; holder: Holder }): Step {
  const before = incarnationOf(record.state)?.holder;
  const { instanceId, target } = step.holder;
  const next = change(record, step.generation, (incarnation) => ({ ...incarnation, holder: step.holder }));
  return next && before?.instanceId === instanceId && before.target === target ? record : next;
}

/** StartConsole has answered that a container is wanted, and StartContainer is about to be called at this instance. */
export function containing(
  record: ConsoleRecord,
  step: { generation: bigint; why: string; driverState: Buffer; provider: string; holder: Holder },
  now: number,
): Step {
  const next = change(record, step.generation, (incarnation) => ({
    ...incarnation,
    progress: 'containing',
    endpointKind: 'container',
    why: step.why,
    provider: step.provider,
    providerHolder: step.holder,
    secrets: sealed({ ...incarnation.secrets.reveal(), driverState: step.driverState }),
  }));
  return next && withConditions(next, now, [holds('Started', 'Started', step.why)]);
}

/** What is known about the endpoints of a console that works. */
export interface Opened {
  readonly generation: bigint;
  readonly why: string;
  readonly endpointKind: EndpointKind;
  readonly endpoints: IncarnationSecrets['endpoints'];
  /** Undefined: unchanged. */
  readonly driverState: Buffer | undefined;
  readonly maxSessions: number;
  readonly unverifiedTls: boolean;
}

/** The console can be opened. */
export function opened(record: ConsoleRecord, step: Opened, now: number): Step {
  const changed = change(record, step.generation, (incarnation) => {
    const secrets = incarnation.secrets.reveal();
    return {
      ...incarnation,
      progress: 'reachable',
      why: step.why,
      endpointKind: step.endpointKind,
      maxSessions: step.maxSessions,
      unverifiedTls: step.unverifiedTls,
      secrets: sealed({
        ...secrets,
        endpoints: step.endpoints,
        driverState: step.driverState ?? secrets.driverState,
      }),
    };
  });
  const incarnation = changed && incarnationOf(changed.state);
  if (!incarnation) return undefined;
  return withConditions(
    { ...changed, state: { observed: 'ready', incarnation }, lastError: undefined, retry: { kind: 'none' } },
    now,
    [holds('Started', 'Started', step.why), holds('Reachable', 'Ready', wasTroubled(record))],
  );
}

/** What was wrong before a console that had been reachable works again; it stands there until the next change. */
function wasTroubled({ state, lastError }: ConsoleRecord): string {
  return state.observed === 'degraded' && lastError ? `Works again. Before: ${lastError.message}` : '';
}

/**
 * A try has failed. A console that was ready stays degraded, so that sessions which still live are left alone; one that never was has
 * failed.
 */
export function startFailed(
  record: ConsoleRecord,
  step: { generation: bigint; failure: Failure; retry: Retry },
  now: number,
): Step {
  if (!isWanted(record, step.generation)) return undefined;
  const incarnation = incarnationOf(record.state);
  const wasReady = record.state.observed === 'degraded' || record.state.observed === 'ready';
  const condition = failsBecause(failedCondition(incarnation), step.failure.reason, step.failure.message);
  return withConditions(
    {
      ...record,
      state:
        wasReady && incarnation ? { observed: 'degraded', incarnation } : { observed: 'failed', incarnation },
      lastError: step.failure,
      retry: step.retry,
    },
    now,
    [condition],
  );
}

/**
 * A console that was reachable does not work at present. `again`: it has to be started again (its holder is gone, or says that it is
 * stopped); otherwise its driver mends it by itself.
 */
export function degraded(
  record: ConsoleRecord,
  step: { generation: bigint; failure: Failure; again: boolean },
  now: number,
): Step {
  const next = change(record, step.generation, (incarnation) => ({
    ...incarnation,
    progress: step.again ? 'prepared' : incarnation.progress,
  }));
  const incarnation = next && incarnationOf(next.state);
  if (!incarnation || (record.state.observed !== 'ready' && record.state.observed !== 'degraded'))
    return undefined;
  return withConditions(
    { ...next, state: { observed: 'degraded', incarnation }, lastError: step.failure },
    now,
    [failsBecause('Reachable', step.failure.reason, step.failure.message)],
  );
}

/** Stopping has failed; it is tried again. */
export function stopFailed(
  record: ConsoleRecord,
  step: { stopped: bigint; failure: Failure; retry: Retry },
  now: number,
): Step {
  const incarnation = incarnationOf(record.state);
  if (incarnation?.generation !== step.stopped) return undefined;
  return withConditions(
    { ...record, state: { observed: 'stopping', incarnation }, lastError: step.failure, retry: step.retry },
    now,
    [failsBecause('Restored', step.failure.reason, step.failure.message)],
  );
}

/**
 * An incarnation is gone. What could not be restored stays visible in the condition `Restored`. With `again` the console was stopped for
 * the conductor's sake and not for its user's: it comes back with a new generation.
 */
export function stopped(
  record: ConsoleRecord,
  step: { stopped: bigint; leftChanged: readonly string[]; again?: boolean },
  now: number,
): Step {
  const incarnation = incarnationOf(record.state);
  if (incarnation?.generation !== step.stopped) return undefined;
  const restored =
    step.leftChanged.length === 0
      ? holds('Restored', 'Restored')
      : failsBecause('Restored', 'LeftChanged', step.leftChanged.join(' '));
  const on = record.desired === 'enabled';
  return withConditions(
    {
      ...record,
      generation: on && step.again ? record.generation + 1n : record.generation,
      state: on && !step.again ? { observed: 'starting', incarnation: undefined } : { observed: 'stopped' },
      lastError: undefined,
      retry: { kind: 'none' },
      lingerUntil: undefined,
      conditions: [],
    },
    now,
    [restored],
  );
}

function failedCondition(incarnation: Incarnation | undefined): Condition['type'] {
  switch (incarnation?.progress) {
    case undefined:
      return 'DriverChosen';
    case 'chosen':
      return 'Prepared';
    case 'prepared':
      return 'Started';
    default:
      return 'Reachable';
  }
}

function isWanted(record: ConsoleRecord, generation: bigint): boolean {
  return record.desired === 'enabled' && record.generation === generation;
}

function change(
  record: ConsoleRecord,
  generation: bigint,
  edit: (incarnation: Incarnation) => Incarnation,
): Step {
  const incarnation = incarnationOf(record.state);
  if (!incarnation || incarnation.generation !== generation || !isWanted(record, generation))
    return undefined;
  return { ...record, state: { ...record.state, incarnation: edit(incarnation) } as ConsoleRecord['state'] };
}

function withConditions(
  record: ConsoleRecord,
  now: number,
  changes: readonly Omit<Condition, 'since'>[],
): ConsoleRecord {
  return {
    ...record,
    conditions: changes.reduce((list, item) => setCondition(list, item, now), record.conditions),
  };
}
