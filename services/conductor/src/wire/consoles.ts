import {
  DesiredState,
  ObservedState,
  type Condition as WireCondition,
  type Console as WireConsole,
} from '@consolemesh/contracts/conductor';
import type { Failure as WireFailure } from '@consolemesh/contracts/types';
import { toTimestamp } from '@consolemesh/mesh';
import { placesOf } from '../domain/admission.ts';
import { type Condition, type ConsoleRecord, incarnationOf, type Observed } from '../domain/console.ts';
import type { Failure } from '../domain/failure.ts';
import type { ConsoleFacts } from '../store/store.ts';
import { etagOf } from './etags.ts';
import { endpointKindToWire, kindToWire } from './kinds.ts';

const observedStates: Readonly<Record<Observed, ObservedState>> = {
  stopped: ObservedState.STOPPED,
  starting: ObservedState.STARTING,
  ready: ObservedState.READY,
  degraded: ObservedState.DEGRADED,
  failed: ObservedState.FAILED,
  stopping: ObservedState.STOPPING,
};

/** A console as answers show it. */
export function consoleToWire(
  record: ConsoleRecord,
  facts: ConsoleFacts | undefined,
  maxSessionsCap: number,
): WireConsole {
  const incarnation = incarnationOf(record.state);
  return {
    id: record.id,
    nodeId: record.nodeId,
    nodeName: record.nodeName,
    kind: kindToWire(record.kind),
    desired: record.desired === 'enabled' ? DesiredState.ENABLED : DesiredState.DISABLED,
    observed: observedStates[record.state.observed],
    generation: record.generation,
    driver: incarnation?.driver ?? '',
    driverWhy: incarnation?.why ?? '',
    endpointKind: endpointKindToWire(incarnation?.endpointKind),
    provider: incarnation?.provider ?? '',
    conditions: record.conditions.map(conditionToWire),
    lastError: record.lastError && failureToWire(record.lastError),
    nextAttemptAt: record.retry.kind === 'at' ? toTimestamp(record.retry.at) : undefined,
    conductor: facts?.conductor ?? '',
    sessions: facts?.sessions ?? 0,
    maxSessions:
      incarnation?.progress === 'reachable' ? placesOf(incarnation.maxSessions, maxSessionsCap) : 0,
    unverifiedTls: incarnation?.unverifiedTls ?? false,
    etag: etagOf(record.revision),
  };
}

/** A state from the wire; undefined when none is said. */
export function observedFromWire(state: ObservedState): Observed | undefined {
  return (Object.keys(observedStates) as Observed[]).find((name) => observedStates[name] === state);
}

/** A failure on the wire. */
export function failureToWire({ reason, message, at }: Failure): WireFailure {
  return { reason, message, at: toTimestamp(at) };
}

function conditionToWire({ type, status, reason, message, since }: Condition): WireCondition {
  return { type, status, reason, message, since: toTimestamp(since) };
}
