import { randomBytes, randomInt } from 'node:crypto';
import { acceptableForContainer, acceptableKinds } from '../domain/acceptable-kinds.ts';
import { chooseDriver } from '../domain/choose-driver.ts';
import type { ConsoleRecord, Holder, Incarnation } from '../domain/console.ts';
import type { NodeAccess } from '../domain/node.ts';
import { accessOf } from '../domain/node.ts';
import { attempt, containing, driverChosen, opened, prepared, startingAt } from '../domain/progress.ts';
import { isUnverified, meshEndpoint } from '../plugins/check-answer.ts';
import type { ConsoleContext, Started } from '../plugins/driver-adapter.ts';
import { commit, type Job, type ReconcilerContext } from './context.ts';

/** First step of a start: which driver. Nothing is touched. */
export async function chooseStep(context: ReconcilerContext, job: Job): Promise<void> {
  const { record, node, signal } = job;
  const { generation, kind } = record;
  if (!(await begin(context, job, generation))) return;
  const access = accessOf(node);
  const candidates = context.plugins.candidates(access, kind, false, signal);
  const choice = await chooseDriver(kind, node.interfaces[kind], candidates);
  const secrets = {
    password: makePassword(),
    attachKey: randomBytes(32),
    driverState: Buffer.alloc(0),
    restoreState: Buffer.alloc(0),
    endpoints: [],
    access,
  };
  await commit(context, job, (stored, now) => driverChosen(stored, { generation, ...choice, secrets }, now));
}

/** Second step: what will be changed. Asked once for an incarnation: after StartConsole the answer would be another. */
export async function prepareStep(
  context: ReconcilerContext,
  job: Job,
  incarnation: Incarnation,
): Promise<void> {
  const { generation } = incarnation;
  if (!(await begin(context, job, generation))) return;
  const answer = await context.plugins.askDriver(incarnation.driver, async ({ holder, port }) => {
    const prepare = () => port.prepareConsole(consoleContext(job, incarnation), job.signal);
    return { holder, ...(await context.perInstance.run(holder.instanceId, job.signal, prepare)) };
  });
  await commit(context, job, (stored, now) => prepared(stored, { generation, ...answer }, now));
}

/** Third step: start it, in a container where the driver wants one. Safe to repeat from any point. */
export async function startStep(
  context: ReconcilerContext,
  job: Job,
  incarnation: Incarnation,
): Promise<void> {
  const { generation } = incarnation;
  const { holder, port } = context.plugins.driver(incarnation.driver, incarnation.holder);
  if (!(await begin(context, job, generation, holder))) return;
  const route = job.node.route ?? context.route;
  const acceptable = acceptableKinds(job.record.kind, route, context.plugins.hasProvider());
  const { password, attachKey } = incarnation.secrets.reveal();
  const started = await context.perInstance.run(holder.instanceId, job.signal, () =>
    port.startConsole(consoleContext(job, incarnation), acceptable, { password, attachKey }, job.signal),
  );
  if (started.kind === 'container') await containerStep(context, job, incarnation, started);
  else await commitOpened(context, job, incarnation, started, started.kind, started.endpoints);
}

/**
 * Commits that a try begins, and where. False when the console has moved on. Mostly the record says so already, and then nothing is written:
 * what has changed since it was read is noticed by the commit of the step itself.
 */
async function begin(
  context: ReconcilerContext,
  job: Job,
  generation: bigint,
  holder?: Holder,
): Promise<boolean> {
  const step = (stored: ConsoleRecord) => {
    const tried = attempt(stored, generation);
    return tried && holder ? startingAt(tried, { generation, holder }) : tried;
  };
  if (step(job.record) === job.record) return true;
  return (await commit(context, job, step)) !== undefined;
}

async function containerStep(
  context: ReconcilerContext,
  job: Job,
  incarnation: Incarnation,
  started: Extract<Started, { kind: 'container' }>,
): Promise<void> {
  const { generation } = incarnation;
  const { why, driverState } = started;
  const provider = context.plugins.provider(incarnation.provider, incarnation.providerHolder);
  const begun = await commit(context, job, (stored, now) =>
    containing(
      stored,
      { generation, why, driverState, provider: provider.name, holder: provider.holder },
      now,
    ),
  );
  if (!begun) return;
  const { password, attachKey } = incarnation.secrets.reveal();
  const endpoints = await context.perInstance.run(provider.holder.instanceId, job.signal, () =>
    provider.port.startContainer(
      { consoleId: job.record.id, generation, fence: job.lease.fence },
      {
        app: started.app,
        appInfo: started.appInfo,
        password,
        attachKey,
        acceptable: acceptableForContainer(job.node.route ?? context.route),
        nodeName: job.node.name,
      },
      job.signal,
    ),
  );
  await commitOpened(context, job, incarnation, started, 'container', endpoints);
}

async function commitOpened(
  context: ReconcilerContext,
  job: Job,
  { generation, why }: Incarnation,
  started: Pick<Started, 'why' | 'driverState'>,
  endpointKind: 'tcp' | 'relay' | 'container',
  endpoints: Parameters<typeof meshEndpoint>[0],
): Promise<ConsoleRecord | undefined> {
  const sentence = started.why === '' || why.includes(started.why) ? why : `${why} ${started.why}`;
  return commit(context, job, (stored, now) =>
    opened(
      stored,
      {
        generation,
        why: sentence.slice(0, 2_000),
        endpointKind,
        endpoints,
        driverState: started.driverState,
        maxSessions: Math.max(1, meshEndpoint(endpoints)?.maxSessions ?? 1),
        unverifiedTls: isUnverified(endpoints),
      },
      now,
    ),
  );
}

/** What goes with every call about this incarnation. */
export function consoleContext(
  { record, node, lease }: Pick<Job, 'record' | 'node' | 'lease'>,
  incarnation: Incarnation,
  access: NodeAccess = accessOf(node),
): ConsoleContext {
  const { driverState, restoreState } = incarnation.secrets.reveal();
  return {
    consoleId: record.id,
    generation: incarnation.generation,
    kind: record.kind,
    fence: lease.fence,
    access,
    driverState,
    restoreState,
  };
}

const letters = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789'] as const;

/** Eight characters with an upper-case letter, a lower-case one and a digit, as BMCs want them; none that look alike. */
export function makePassword(): string {
  const all = letters.join('');
  for (;;) {
    const text = Array.from({ length: 8 }, () => all[randomInt(all.length)]).join('');
    if (/[A-Z]/.test(text) && /[a-z]/.test(text) && /[0-9]/.test(text)) return text;
  }
}
