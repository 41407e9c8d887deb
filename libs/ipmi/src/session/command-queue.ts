import type { Clock } from '../clock.ts';
import { encodeRequest, type Response } from '../codec/message.ts';
import { COMPLETION } from '../codec/status.ts';
import type { Command } from '../commands/command.ts';
import { cancelled, IpmiError } from '../errors.ts';
import { refused } from './dialogue.ts';
import type { SessionTimeouts } from './options.ts';

export interface RunOptions {
  signal?: AbortSignal;
  /** Transmissions; default the session's. */
  tries?: number;
}

/** The commands of one session, one at a time: BMCs lose what comes while they are busy. */
export interface CommandQueue {
  run<Req, Res>(command: Command<Req, Res>, request: Req, options?: RunOptions): Promise<Res>;
  onResponse(response: Response): void;
  /** The time that was asked for has come. */
  wake(): void;
  /** Rejects everything that waits, and everything that comes. */
  end(error: IpmiError): void;
  readonly idle: boolean;
}

export interface CommandQueueOptions {
  clock: Clock;
  timeouts: SessionTimeouts;
  random: (bytes: number) => Buffer;
  transmit(message: Buffer): void;
  wakeAt(at: number | undefined): void;
  /** When anything valid last came from the BMC. */
  heardAt(): number;
  /** A command stayed unanswered, and nothing else came either. Its promise fails with what `end` is told. */
  onSilence(): void;
}

/** Commands that may wait. */
const MOST_WAITING = 64;
/** A BMC that says "busy" is asked again after this, ms. */
const BUSY_MS = 500;

interface Job {
  readonly command: Command<unknown, unknown>;
  readonly data: Buffer;
  readonly tries: number;
  readonly startedAt: { ms: number };
  sequence: number;
  sent: number;
  settle(error: unknown, data?: Buffer): void;
}

export function createCommandQueue(options: CommandQueueOptions): CommandQueue {
  const { clock, timeouts, transmit, wakeAt, heardAt, onSilence } = options;
  const waiting: Job[] = [];
  let current: Job | undefined;
  let ended: IpmiError | undefined;
  let sequence = options.random(1)[0]! & 0x3f;

  function next(): void {
    if (current !== undefined || ended !== undefined) return;
    current = waiting.shift();
    if (current === undefined) return void wakeAt(undefined);
    current.startedAt.ms = clock.now();
    renumber(current);
    send(current);
  }

  function renumber(job: Job): void {
    sequence = (sequence + 1) & 0x3f;
    job.sequence = sequence;
  }

  function send(job: Job): void {
    job.sent += 1;
    const jitter = 0.9 + (options.random(1)[0]! / 255) * 0.2;
    wakeAt(clock.now() + (timeouts.answerMs + (job.sent - 1) * timeouts.stepMs) * jitter);
    const { netFn, command } = job.command;
    transmit(encodeRequest({ netFn, command, sequence: job.sequence, data: job.data }));
  }

  function finish(job: Job, error: unknown, data?: Buffer): void {
    if (current === job) current = undefined;
    else {
      const at = waiting.indexOf(job);
      if (at >= 0) waiting.splice(at, 1);
    }
    job.settle(error, data);
    next();
  }

  function exchange(command: Job['command'], data: Buffer, { signal, tries }: RunOptions): Promise<Buffer> {
    if (ended !== undefined) return Promise.reject(ended);
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    if (waiting.length >= MOST_WAITING) {
      return Promise.reject(new IpmiError('OVERLOADED', `${MOST_WAITING} commands wait in this session`));
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => finish(job, cancelled(signal!));
      const job: Job = {
        command,
        data,
        tries: tries ?? timeouts.tries,
        startedAt: { ms: 0 },
        sequence: 0,
        sent: 0,
        settle(error, answer) {
          signal?.removeEventListener('abort', onAbort);
          if (answer === undefined) reject(error);
          else resolve(answer);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.push(job);
      next();
    });
  }

  return {
    async run(command, request, runOptions = {}) {
      const plain = command as Command<unknown, unknown>;
      return command.parseResponse(await exchange(plain, command.encodeRequest(request), runOptions));
    },
    onResponse(response) {
      const job = current;
      if (job === undefined || response.sequence !== job.sequence) return;
      const { command } = job;
      if (response.command !== command.command || response.netFn !== command.netFn + 1) return;
      const code = response.completionCode;
      // "Duplicate" answers one of our retransmissions while the first is still being worked on.
      if (code === COMPLETION.duplicate) return;
      if (code === COMPLETION.busy && job.sent < job.tries) {
        // A new number: under the old one the BMC could take the next transmission for a duplicate.
        renumber(job);
        wakeAt(clock.now() + BUSY_MS);
        return;
      }
      if (code === COMPLETION.ok) finish(job, undefined, response.data);
      else finish(job, refused(command, code));
    },
    wake() {
      const job = current;
      if (job === undefined) return;
      if (job.sent < job.tries) return send(job);
      // A session that says other things is alive, only this command is not answered.
      if (job.tries >= timeouts.tries && heardAt() < job.startedAt.ms) onSilence();
      if (ended !== undefined) return;
      finish(job, new IpmiError('TIMEOUT', `the BMC does not answer ${job.command.name}`));
    },
    end(error) {
      ended ??= error;
      wakeAt(undefined);
      const jobs = current === undefined ? waiting.splice(0) : [current, ...waiting.splice(0)];
      current = undefined;
      for (const job of jobs) job.settle(ended);
    },
    get idle() {
      return current === undefined;
    },
  };
}
