import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A program whose output is watched. Its environment holds nothing of the test's own colours and settings. */
const launch = (command: string, args: string[], folder: string) => {
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: folder, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a signal can be sent to all of it as a terminal does.
    detached: true,
  });
  let output = '';
  const wakes = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const wake of wakes) wake();
    });
  }
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return {
    child,
    exited,
    output: () => output,
    async says(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const found = pattern.exec(output);
        if (found) return found;
        const more = new Promise<void>((resolve) => wakes.add(resolve));
        await Promise.race([more, exited.then(() => Promise.reject(new Error(`it ended with: ${output}`)))]);
      }
    },
    [Symbol.asyncDispose]: () => end(child),
  };
};

const end = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // Gone in between.
  }
};

const makeFolder = async () => {
  const { mkdtemp, rm } = await import('node:fs/promises');
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-start-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

const left = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('consolemesh'));
const start = ['services/cli/bin/start.mjs', 'up', '--port', '0', '--api-port', '0'];

describe('npm start', () => {
  test('prints one URL, ends with 0 at Ctrl-C, and leaves neither a process nor a file', async () => {
    await using made = await makeFolder();
    await using up = launch(process.execPath, start, made.folder);
    const [, page] = await up.says(/^ {2}(http:\/\/127\.0\.0\.1:\d+\/)#token=[\w-]{43}&node=demo-1$/m);
    expect((await fetch(page!)).status).toBe(200);
    expect(left(made.folder)).toHaveLength(1);
    await up.says(/Ctrl-C ends it/);
    up.child.kill('SIGINT');
    expect(await up.exited).toEqual([0, null]);
    expect(left(made.folder)).toEqual([]);
    await expect(fetch(page!)).rejects.toThrow();
    // In a pipe there is neither colour nor progress.
    expect(up.output()).not.toContain('\u001b');
  });

  test('takes a Ctrl-C that both npm and the terminal deliver for one', async () => {
    await using made = await makeFolder();
    await using up = launch(
      'npm',
      ['start', '--silent', '--', '--port', '0', '--api-port', '0'],
      made.folder,
    );
    await up.says(/Ctrl-C ends it/);
    process.kill(-up.child.pid!, 'SIGINT');
    expect(await up.exited).toEqual([0, null]);
    expect(left(made.folder)).toEqual([]);
  });

  test('leaves nothing when it is interrupted while it starts', async () => {
    await using made = await makeFolder();
    await using up = launch(process.execPath, start, made.folder);
    while (left(made.folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    up.child.kill('SIGTERM');
    expect(await up.exited).toEqual([0, null]);
    expect(left(made.folder)).toEqual([]);
  });

  test('names a taken port and how to choose another, and ends with 2', async () => {
    await using made = await makeFolder();
    await using up = launch(process.execPath, start, made.folder);
    const [, port] = await up.says(/^API +127\.0\.0\.1:(\d+)/m);
    await using second = launch(process.execPath, [...start.slice(0, -1), port!], made.folder);
    expect(await second.exited).toEqual([2, null]);
    expect(second.output()).toContain(
      `port ${port} on 127.0.0.1 is taken by another program; choose another with --api-port`,
    );
    // What is wrong is no mistake of syntax, so no help is advised.
    expect(second.output().trim().split('\n')).toHaveLength(1);
  });
});

test('on a terminal there is progress and colour', async () => {
  if (!existsSync('/usr/bin/script')) expect.fail('script is missing: apt-get install bsdutils');
  await using made = await makeFolder();
  const command = `${process.execPath} ${start.join(' ')}`;
  await using up = launch('/usr/bin/script', ['-qefc', command, '/dev/null'], made.folder);
  await up.says(/Ctrl-C ends it/);
  expect(up.output()).toContain('… starting the conductor');
  expect(up.output()).toContain('\u001b[36mhttp:');
});
