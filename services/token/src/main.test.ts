import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

const run = (env: Record<string, string>) => {
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const changed = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const wake of changed) wake();
    });
  }
  const exited = once(child, 'exit');
  return {
    child,
    exited,
    output: () => output,
    async says(text: string) {
      while (!output.includes(text)) {
        const more = new Promise<void>((resolve) => changed.add(resolve));
        await Promise.race([more, exited.then(() => Promise.reject(new Error(output)))]);
      }
    },
  };
};

test('the program serves until SIGTERM and ends with 0', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-token-'));
  const program = run({
    CONSOLEMESH_LISTEN: '127.0.0.1:0',
    CONSOLEMESH_DATABASE_URL: `sqlite:${join(folder, 'token.sqlite')}`,
  });
  try {
    await program.says('token.v1 at dns:///127.0.0.1:');
    program.child.kill('SIGTERM');
    expect(await program.exited).toEqual([0, null]);
  } finally {
    program.child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
});

test('the program ends with 1 and a line for each mistake of its settings, without a stack', async () => {
  const program = run({ CONSOLEMESH_TOKEN_TTL: 'soon', CONSOLEMESH_LISTEN: 'here', CONSOLEMESH_TOKN: '1' });
  expect(await program.exited).toEqual([1, null]);
  const lines = program.output().trim().split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(/^token: CONSOLEMESH_/);
});
