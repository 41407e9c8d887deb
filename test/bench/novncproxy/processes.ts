import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process of the benchmark; disposing ends it. */
export interface Process extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Whether it takes commands. */
  readonly answers: boolean;
  /** Sends a command to a role (`serveCommands`) and waits for its answer. */
  ask<T = unknown>(command: string, args?: object): Promise<T>;
  /** Rejects when the process ends by itself; never resolves. */
  readonly died: Promise<never>;
}

/** What to run. */
export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where the file with its standard error goes. */
  readonly logDir: string;
  /** It answers commands. */
  readonly commands?: boolean;
}

/** Longest wait for an answer, ms. */
const answerMs = 300_000;

/** Starts a process; what it writes to standard error is kept for the message when it dies. */
export function startProcess(options: ProcessOptions): Process {
  const { name, logDir, commands = false } = options;
  const logFile = join(logDir, `${name}.log`);
  const child: ChildProcess = spawn(options.command, options.args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', openSync(logFile, 'w'), ...(commands ? (['ipc'] as const) : [])],
  });
  let ending = false;
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 0;
  const died = new Promise<never>((_, reject) => {
    const tell = (why: string) => {
      if (ending) return;
      const error = new Error(`${name} ${why}\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
      for (const { reject: fail } of waiting.values()) fail(error);
      reject(error);
    };
    child.on('error', (error) => tell(`did not start: ${error.message}`));
    child.on('exit', (code, signal) => tell(`ended by itself (${signal ?? code})`));
  });
  died.catch(() => {});
  child.on('message', (message: { id: number; value?: unknown; error?: string }) => {
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) call?.resolve(message.value);
    else call?.reject(new Error(`${name}: ${message.error}`));
  });
  return {
    name,
    get pid() {
      return child.pid ?? 0;
    },
    died,
    answers: commands,
    ask<T>(command: string, args: object = {}) {
      const id = nextId++;
      const answer = new Promise<T>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${name} did not answer ${command}`)), answerMs);
        const done = <A extends unknown[]>(then: (...args: A) => void) => {
          return (...args: A) => {
            clearTimeout(timer);
            then(...args);
          };
        };
        waiting.set(id, { resolve: done(resolve as (value: unknown) => void), reject: done(reject) });
      });
      child.send({ id, command, args });
      return answer;
    },
    async [Symbol.asyncDispose]() {
      ending = true;
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const family = [child.pid, ...descendants(child.pid)];
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await ended;
      clearTimeout(timer);
      for (const pid of family.slice(1)) kill(pid);
    },
  };
}

/** What a Node.js needs before it runs TypeScript: from version 24 on nothing, as in production. */
const typescript = 'typescript' in process.features && process.features.typescript ? [] : ['--import', 'tsx'];

/** Runs a TypeScript file of this repository as a process of its own. */
export function startNode(
  file: string,
  options: Omit<ProcessOptions, 'command' | 'args'> & {
    readonly nodeArgs?: readonly string[];
    readonly args?: readonly string[];
  },
): Process {
  const { nodeArgs = [], args = [], ...rest } = options;
  return startProcess({
    ...rest,
    command: process.execPath,
    args: [...typescript, ...nodeArgs, file, ...args],
  });
}

let ticks: number | undefined;

/** User and system time of a process, the children it waited for and everything below it that lives, seconds. */
export function cpuSeconds(pid: number): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  let sum = 0;
  for (const one of [pid, ...descendants(pid)]) {
    // Fields 14 to 17 of proc(5) /proc/[pid]/stat: utime, stime, cutime, cstime; the name before them may hold spaces.
    const fields = statOf(one);
    for (let i = 11; i <= 14; i++) sum += Number(fields[i] ?? 0);
  }
  return sum / ticks;
}

/** Memory of a process and everything below it, KiB; pages that several share count in parts (Pss of smaps_rollup). */
export function memoryKiB(pid: number): number {
  let sum = 0;
  for (const one of [pid, ...descendants(pid)]) {
    const text = read(`/proc/${one}/smaps_rollup`);
    sum += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
  }
  return sum;
}

function descendants(pid: number): number[] {
  const byParent = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(Number(name))[1] ?? -1);
    byParent.set(parent, [...(byParent.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const children = byParent.get(next) ?? [];
    found.push(...children);
    queue.push(...children);
  }
  return found;
}

/** Fields from the third on (state, ppid, …); empty when the process is gone. */
function statOf(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with its parent.
  }
}
