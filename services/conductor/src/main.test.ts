import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

test('bad settings end the process with one line for each mistake', async () => {
  const env = { PATH: process.env.PATH, CONSOLEMESH_LISTEN: 'nowhere', CONSOLEMESH_LEASE: '1s' };
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, ['--import', import.meta.resolve('tsx'), main], { env }, (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    );
  });
  expect(code).toBe(1);
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^conductor: CONSOLEMESH_LISTEN is "nowhere"/);
});

test('a conductor starts with nothing set but its port, and drains on SIGTERM', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-conductor-'));
  const env = { PATH: process.env.PATH, CONSOLEMESH_LISTEN: '127.0.0.1:0' };
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let log = '';
    let told = false;
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    for await (const text of child.stdout.setEncoding('utf8')) {
      log += text;
      // Once: a second signal would end it without a drain.
      if (log.includes('conductor.v1') && !told) told = child.kill('SIGTERM');
    }
    expect(await exited).toBe(0);
    expect(log).toContain('drained');
    expect((await readdir(folder)).sort()).toEqual(
      expect.arrayContaining(['conductor.sqlite', 'conductor.sqlite.keys']),
    );
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
