import type { Clock } from '../../clock.ts';
import type { Identity } from '../../machine/identity.ts';
import type { RunningMachine } from '../../run-machine.ts';
import type { IdracAttribute } from '../attributes/attribute.ts';
import {
  createIdracAttributes,
  type IdracAttributes,
  type WriteHooks,
} from '../attributes/create-idrac-attributes.ts';
import type { IdracMisbehaviour } from '../misbehaviour.ts';
import { createJobQueue, type Job, type JobQueue } from './create-job-queue.ts';
import { createLogins, defaultLockout, type Logins } from './create-logins.ts';
import { type Refusal, refuse } from './messages.ts';
import type { Face, Generation, IdracUser } from './types.ts';

/** What the faces of an iDRAC share: attributes, jobs, users and the state of the card. Knows no HTTP. */
export interface Bmc extends Disposable {
  readonly generation: Generation;
  readonly identity: Identity;
  readonly machine: RunningMachine;
  readonly clock: Clock;
  readonly misbehave: IdracMisbehaviour;
  readonly attributes: IdracAttributes;
  readonly jobs: JobQueue;
  readonly logins: Logins;
  /** Where its serial console is, beside the attributes; set once they listen. */
  readonly serialPorts: { ssh?: number; ipmi?: number };
  /** `recovery` and `not-ready` refuse changes. */
  readonly state: 'ready' | 'not-ready' | 'recovery';
  write(request: BmcWrite): Promise<BmcAnswer>;
  /** Registers a job that makes everything pending current. */
  createConfigJob(delayMs: number | undefined): Job | Refusal;
  /** Why nothing may be changed now, if that is so. */
  refusesChanges(user: IdracUser): Refusal | undefined;
  /** Starts the card anew: every connection ends, nothing answers for a while, sessions are lost. */
  reset(): void;
}

export interface BmcWrite {
  readonly face: Face;
  readonly user: IdracUser;
  readonly values: ReadonlyMap<string, string>;
  /** Waits for a job even where values apply at once. */
  readonly pending?: boolean;
}

/** `lost`: the connection ends here, whether or not the write was done. */
export type BmcAnswer =
  | { readonly result: 'current' | 'pending' | 'lost' }
  | { readonly result: 'refused'; readonly refusal: Refusal };

export interface BmcOptions {
  readonly generation: Generation;
  readonly machine: RunningMachine;
  readonly clock: Clock;
  readonly misbehave: IdracMisbehaviour;
  readonly definitions: readonly IdracAttribute[];
  readonly users: readonly IdracUser[];
  readonly hooks?: WriteHooks | undefined;
  /** How long a job runs. */
  readonly jobMs: number;
  readonly onReset: () => void;
}

/** Jobs that an iDRAC keeps. */
const jobCapacity = 255;
const configJobName = 'ConfigiDRAC:iDRAC.Embedded.1';

export function createBmc(options: BmcOptions): Bmc {
  const { machine, clock, misbehave, generation } = options;
  const attributes = createIdracAttributes({
    definitions: options.definitions,
    clock,
    hooks: options.hooks,
  });
  const logins = createLogins({
    users: options.users,
    clock,
    lockout: () => misbehave.lockout ?? defaultLockout,
  });
  const jobs = createJobQueue({
    clock,
    durationMs: options.jobMs,
    capacity: jobCapacity,
    fate: () => (misbehave.jobs === 'fail' ? 'fails' : misbehave.jobs === 'hang' ? 'hangs' : 'completes'),
  });
  const startedAt = clock.now();
  const state = () => {
    if (misbehave.recovery) return 'recovery';
    return clock.now() - startedAt < (misbehave.notReadyMs ?? 0) ? 'not-ready' : 'ready';
  };
  const refusesChanges = (user: IdracUser): Refusal | undefined => {
    if (user.privilege === 'readonly')
      return refuse('not-permitted', 'RAC002', [], 'The user does not have the privilege to do this');
    if (state() !== 'ready') return refuse('not-ready', 'LC060');
    if (!misbehave.lockdown) return undefined;
    return refuse('lockdown', 'RAC002', [], 'The system is in lockdown mode and cannot be changed');
  };

  return {
    generation,
    identity: machine.identity,
    machine,
    clock,
    misbehave,
    attributes,
    jobs,
    logins,
    serialPorts: {},
    refusesChanges,
    get state() {
      return state();
    },
    write: createWriter(attributes, misbehave, refusesChanges),
    createConfigJob: (delayMs) => createConfigJob({ attributes, jobs, misbehave }, delayMs),
    reset: options.onReset,
    [Symbol.dispose]: () => jobs[Symbol.dispose](),
  };
}

function createWriter(
  attributes: IdracAttributes,
  misbehave: IdracMisbehaviour,
  refusesChanges: Bmc['refusesChanges'],
): Bmc['write'] {
  let writes = 0;
  return async ({ face, user, values, pending = false }) => {
    const refused = refusesChanges(user);
    if (refused) return { result: 'refused', refusal: refused };
    if (misbehave.echo) return { result: 'refused', refusal: quoting(values) };
    const count = ++writes;
    if (misbehave.dieBeforeWrite === count) return { result: 'lost' };
    const target = pending || misbehave.pendingOnly ? 'pending' : 'current';
    const { lying: ignore, partial } = misbehave;
    const refusal = await attributes.write({ via: face, who: user.name, values, target, ignore, partial });
    if (refusal) return { result: 'refused', refusal };
    return { result: misbehave.dieAfterWrite === count ? 'lost' : target };
  };
}

function quoting(values: ReadonlyMap<string, string>): Refusal {
  const quoted = [...values].map(([name, value]) => `"${value}" for ${name}`);
  return refuse('invalid-parameter', 'RAC004', [], `Invalid parameter value: ${quoted.join(', ')}`);
}

function createConfigJob(
  { attributes, jobs, misbehave }: Pick<Bmc, 'attributes' | 'jobs' | 'misbehave'>,
  delayMs: number | undefined,
): Job | Refusal {
  if (misbehave.jobQueueFull || jobs.full)
    return refuse('job-queue-full', 'RAC002', [], 'The job queue is full; delete jobs and try again');
  if (jobs.unfinished(configJobName)) return refuse('job-exists', 'RAC002', [], jobExists);
  const names = attributes.pendingNames;
  // A liar has stored nothing and yet goes through with it.
  if (names.length === 0 && !misbehave.lying)
    return refuse('nothing-pending', 'RAC002', [], 'No pending data present to create a Configuration job');
  return jobs.create(configJobName, delayMs, ({ id }) => attributes.applyPending(names, id));
}

const jobExists =
  'Configuration job already created, cannot create another config job on specified target until existing job is completed or is cancelled';
