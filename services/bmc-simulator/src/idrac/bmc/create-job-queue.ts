import type { Clock } from '../../clock.ts';

/** A job of the Lifecycle Controller (DCIM_LifecycleJob). */
export interface Job {
  /** `JID_` and twelve digits. */
  readonly id: string;
  /** `ConfigiDRAC:iDRAC.Embedded.1` */
  readonly name: string;
  status: JobStatus;
  message: string;
  messageId: string;
  /** 0 to 100 */
  percent: number;
}

export type JobStatus = 'New' | 'Scheduled' | 'Running' | 'Completed' | 'Failed';

export interface JobQueue extends Disposable {
  /** Oldest first. */
  readonly jobs: readonly Job[];
  find(id: string): Job | undefined;
  /** Whether one of that name has not ended. */
  unfinished(name: string): boolean;
  /** Whether there is room for another; ended ones take room until they are deleted. */
  readonly full: boolean;
  /** @param delayMs until it begins; undefined = it is registered and waits for ever */
  create(name: string, delayMs: number | undefined, work: (job: Job) => Promise<void>): Job;
  /** Whether there was one. `JID_CLEARALL` stands for all. */
  delete(id: string): boolean;
}

export interface JobQueueOptions {
  readonly clock: Clock;
  /** From its beginning to its end. */
  readonly durationMs: number;
  readonly capacity: number;
  /** Asked when a job would end. */
  readonly fate: () => 'completes' | 'fails' | 'hangs';
}

export function createJobQueue(options: JobQueueOptions): JobQueue {
  const { clock, capacity } = options;
  const jobs = new Map<string, Job>();
  const runner = createRunner(options, (job) => jobs.get(job.id) === job);
  let last = 0;

  return {
    get jobs() {
      return [...jobs.values()];
    },
    find: (id) => jobs.get(id),
    unfinished: (name) =>
      [...jobs.values()].some(
        (job) => job.name === name && job.status !== 'Completed' && job.status !== 'Failed',
      ),
    get full() {
      return jobs.size >= capacity;
    },
    create(name, delayMs, work) {
      // Ids are the time in a unit of their own and never the same twice.
      last = Math.max(last + 1, Math.floor(clock.now() / 10) % 1e12);
      const id = `JID_${String(last).padStart(12, '0')}`;
      const job: Job = { id, name, status: 'New', message: 'New', messageId: 'PR00', percent: 0 };
      jobs.set(id, job);
      if (delayMs !== undefined) runner.schedule(job, delayMs, work);
      return job;
    },
    delete(id) {
      if (id !== 'JID_CLEARALL') return jobs.delete(id);
      jobs.clear();
      return true;
    },
    [Symbol.dispose]: () => runner[Symbol.dispose](),
  };
}

interface Runner extends Disposable {
  schedule(job: Job, delayMs: number, work: (job: Job) => Promise<void>): void;
}

/** Takes jobs from New to their end. */
function createRunner({ clock, durationMs, fate }: JobQueueOptions, exists: (job: Job) => boolean): Runner {
  const timers = new Set<Disposable>();
  const later = (ms: number, job: Job, step: () => void) => {
    const timer = clock.after(ms, () => {
      timers.delete(timer);
      // A job that was deleted meanwhile does nothing more.
      if (exists(job)) step();
    });
    timers.add(timer);
  };
  const end = async (job: Job, work: (job: Job) => Promise<void>) => {
    const how = fate();
    if (how === 'hangs') return;
    if (how === 'fails') {
      Object.assign(job, { status: 'Failed', message: 'Job failed', messageId: 'PR21', percent: 100 });
      return;
    }
    await work(job);
    const done = { status: 'Completed', message: 'Job completed successfully', messageId: 'PR19' };
    Object.assign(job, { ...done, percent: 100 });
  };
  const begin = (job: Job, work: (job: Job) => Promise<void>) => {
    Object.assign(job, { status: 'Running', message: 'Job in progress', messageId: 'PR20', percent: 1 });
    // What a hook throws while the job works leaves it Running: nobody waits for it.
    later(durationMs, job, () => void end(job, work).catch(() => {}));
  };
  return {
    schedule(job, delayMs, work) {
      later(0, job, () => {
        const scheduled = { message: 'Task successfully scheduled', messageId: 'JCP001' };
        Object.assign(job, { status: 'Scheduled', ...scheduled });
        later(delayMs, job, () => begin(job, work));
      });
    },
    [Symbol.dispose]() {
      for (const timer of timers) timer[Symbol.dispose]();
    },
  };
}
