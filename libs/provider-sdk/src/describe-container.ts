import { type Container, ContainerPhase } from '@consolemesh/contracts/provider';
import type { ConsoleKey } from '@consolemesh/contracts/types';
import { type Seen, tcpEndpoint } from '@consolemesh/driver-sdk/kit';
import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import type { Incarnation } from './container-life.ts';
import type { RuntimeContainer } from './runtime.ts';

/** When a failure was first seen, so that it keeps its time. */
export type FailureTimes = Map<string, number>;

/** A container as the contract puts it. `notReady` says why a running container does not answer. */
export function describeContainer(
  found: RuntimeContainer,
  seen: Seen<Incarnation> | undefined,
  options: { now: number; times: FailureTimes; notReady?: MeshError | undefined },
): Container {
  const held = seen?.incarnation?.spec.generation === found.generation ? seen : undefined;
  const key: ConsoleKey = { consoleId: found.consoleId, generation: found.generation };
  const phase = phaseOf(found, held, options.notReady);
  const failed =
    phase === ContainerPhase.STOPPED
      ? new MeshError(
          'CONTAINER_FAILED',
          `The container ended: ${found.failure ?? 'the runtime does not say why'}`,
        )
      : options.notReady;
  const endpoints =
    held?.incarnation?.answer?.endpoints ??
    (found.address ? [tcpEndpoint(found.address, { maxSessions: 0, profile: undefined })] : []);
  return {
    key,
    fence: found.fence,
    app: found.app,
    phase,
    failure: failureOf(failed, `${key.consoleId}/${key.generation}`, options),
    endpoints,
    runtimeName: found.runtimeName,
  };
}

/** A container that is not there; with the failure of its last start here, if there was one. */
export function goneContainer(
  key: ConsoleKey,
  seen: Seen<Incarnation> | undefined,
  options: { now: number; times: FailureTimes },
): Container {
  const failed =
    seen?.phase === 'failed' && seen.incarnation?.spec.generation === key.generation
      ? seen.failure
      : undefined;
  const error = failed === undefined || failed instanceof MeshError ? failed : new MeshError('INTERNAL');
  return {
    key,
    fence: 0n,
    app: '',
    phase: ContainerPhase.STOPPED,
    failure: failureOf(error, `${key.consoleId}/${key.generation}`, options),
    endpoints: [],
    runtimeName: '',
  };
}

/** A container that is being made and that the runtime does not know yet. */
export function startingContainer(seen: Seen<Incarnation>): Container {
  const { spec } = seen.incarnation!;
  return {
    key: { consoleId: spec.consoleId, generation: spec.generation },
    fence: spec.fence,
    app: spec.app,
    phase: ContainerPhase.STARTING,
    failure: undefined,
    endpoints: [],
    runtimeName: '',
  };
}

function phaseOf(
  found: RuntimeContainer,
  held: Seen<Incarnation> | undefined,
  notReady: MeshError | undefined,
): Container['phase'] {
  if (found.state === 'ended') return ContainerPhase.STOPPED;
  if (held?.phase === 'starting' || found.state === 'starting') return ContainerPhase.STARTING;
  return notReady ? ContainerPhase.DEGRADED : ContainerPhase.READY;
}

function failureOf(
  error: MeshError | undefined,
  key: string,
  { now, times }: { now: number; times: FailureTimes },
): Container['failure'] {
  if (!error) {
    times.delete(key);
    return undefined;
  }
  const at = times.get(key) ?? now;
  if (times.size < 10_000) times.set(key, at);
  return { reason: error.reason, message: error.message, at: toTimestamp(at) };
}
