import { isDeepStrictEqual } from 'node:util';
import type { Endpoint } from '@consolemesh/contracts/types';
import { type ConsoleRecord, type Incarnation, incarnationOf } from '../domain/console.ts';
import type { Failure } from '../domain/failure.ts';
import { degraded, opened, type Step } from '../domain/progress.ts';
import { checkEndpoints, isUnverified, meshEndpoint } from '../plugins/check-answer.ts';
import type { SeenConsole } from '../plugins/driver-adapter.ts';
import type { SeenContainer } from '../plugins/provider-adapter.ts';
import type { ConductorStore } from '../store/store.ts';
import { commit, type Job, type ReconcilerContext } from './context.ts';
import { consoleContext } from './start-console.ts';

/**
 * Looks at a console that is said to be reachable, without changing anything: at its driver, and at its container where it has one. Alive,
 * it is left alone and shown READY; not there any more, it is started again with the same generation. Answers whether it is just as the
 * record says.
 */
export async function verifyStep(
  context: ReconcilerContext,
  job: Job,
  incarnation: Incarnation,
): Promise<boolean> {
  await context.verifyPace(job.signal);
  const { holder, port } = context.plugins.driver(incarnation.driver, incarnation.holder);
  const said = await context.perInstance.run(holder.instanceId, job.signal, () =>
    port.getConsole(consoleContext(job, incarnation), job.signal),
  );
  const container = await lookAtContainer(context, job, incarnation);
  const seen = await weigh(context.store, job.record, said);
  // Mostly it is as it was left, and that needs no write.
  if (judge(job.record, seen, container, 0) === job.record) return true;
  await commit(context, job, (stored, now) => judge(stored, seen, container, now));
  return false;
}

/**
 * What a driver's view is worth. A session that carries bytes straight from the machine proves more than a look that got no answer, which
 * may only have found the last place taken: while there is one, a console is not started again, because that would end it.
 */
export async function weigh(
  store: Pick<ConductorStore, 'liveSessions'>,
  { id, state }: ConsoleRecord,
  seen: SeenConsole,
): Promise<SeenConsole> {
  if (seen.phase !== 'stopped' || incarnationOf(state)?.endpointKind !== 'tcp') return seen;
  const sessions = await store.liveSessions(id);
  const carried = sessions.some((one) => one.state === 'open' && one.generation === seen.generation);
  return carried ? { ...seen, phase: 'degraded' } : seen;
}

async function lookAtContainer(
  context: ReconcilerContext,
  job: Job,
  incarnation: Incarnation,
): Promise<SeenContainer | undefined> {
  if (incarnation.endpointKind !== 'container') return undefined;
  const provider = context.plugins.provider(incarnation.provider, incarnation.providerHolder);
  const key = { consoleId: job.record.id, generation: incarnation.generation, fence: job.lease.fence };
  return context.perInstance.run(provider.holder.instanceId, job.signal, () =>
    provider.port.getContainer(key, job.signal),
  );
}

/** What a driver's (and a provider's) view means for the record. The record itself when it says so already. */
export function judge(
  record: ConsoleRecord,
  seen: SeenConsole,
  container: SeenContainer | undefined,
  now: number,
): Step {
  const incarnation = incarnationOf(record.state);
  if (incarnation?.progress !== 'reachable') return undefined;
  const { generation } = incarnation;
  // An answer about another incarnation says that this one is not there.
  const driver =
    seen.generation === generation ? seen : { ...seen, phase: 'stopped' as const, failure: undefined };
  for (const [what, { phase, failure }] of [
    ['driver', driver],
    ...(container ? [['provider', container] as const] : []),
  ] as const) {
    if (phase === 'stopped') return lost(record, generation, failure ?? gone(what, now), true, now);
    if (phase === 'degraded') return lost(record, generation, failure ?? silent(what, now), false, now);
    // Not decided yet: its driver says more when it knows more.
    if (phase === 'starting') return record;
  }
  return ready(record, incarnation, driver, container, now);
}

function ready(
  record: ConsoleRecord,
  incarnation: Incarnation,
  seen: SeenConsole,
  container: SeenContainer | undefined,
  now: number,
): Step {
  const { endpoints: stored, driverState } = incarnation.secrets.reveal();
  const offered = container ? container.endpoints : seen.endpoints;
  const endpoints = offered.length === 0 ? stored : offered;
  const sameEndpoints = sameList(endpoints, stored);
  const sameState = seen.driverState === undefined || seen.driverState.equals(driverState);
  if (record.state.observed === 'ready' && sameEndpoints && sameState) return record;
  const kind = meshEndpoint(endpoints)?.transport?.$case ?? 'tcp';
  if (!sameEndpoints) checkEndpoints(endpoints, kind);
  return opened(
    record,
    {
      generation: incarnation.generation,
      why: incarnation.why,
      endpointKind: incarnation.endpointKind === 'container' ? 'container' : kind,
      endpoints,
      driverState: seen.driverState,
      maxSessions: Math.max(1, meshEndpoint(endpoints)?.maxSessions ?? 1),
      unverifiedTls: isUnverified(endpoints),
    },
    now,
  );
}

function lost(
  record: ConsoleRecord,
  generation: bigint,
  failure: Failure,
  again: boolean,
  now: number,
): Step {
  const same =
    !again &&
    record.state.observed === 'degraded' &&
    record.lastError?.reason === failure.reason &&
    record.lastError.message === failure.message;
  return same ? record : degraded(record, { generation, failure, again }, now);
}

function sameList(left: readonly Endpoint[], right: readonly Endpoint[]): boolean {
  return isDeepStrictEqual(left, right);
}

function gone(what: 'driver' | 'provider', at: number): Failure {
  const reason = what === 'driver' ? 'UPSTREAM_LOST' : 'CONTAINER_FAILED';
  return { reason, message: `The ${what} does not have the console any more; it is started again.`, at };
}

function silent(what: 'driver' | 'provider', at: number): Failure {
  const reason = what === 'driver' ? 'UPSTREAM_LOST' : 'CONTAINER_FAILED';
  return { reason, message: `The ${what} says that the console does not answer.`, at };
}
