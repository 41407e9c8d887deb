import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli, startFakeApi } from './testing.ts';

const secret = Buffer.alloc(32, 7).toString('base64');
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consolemesh-keys-'));
  file = join(folder, 'ring');
  await writeFile(file, `old:${secret}\n`, { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true }));

const idsIn = async () =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(':')[0]);

/** A conductor that has this to say of its keys. */
const withKeys = (...keys: { keyId: string; active?: boolean; present?: boolean; nodes?: bigint }[]) =>
  startFakeApi({ keys: { listSealingKeys: async () => ({ keys }) } });

test('a key is added for opening, then used, then dropped, and no key is ever printed', async () => {
  const added = await runCli(['keys', 'add', file, '-o', 'json']);
  const { key, ring } = JSON.parse(added.stdout);
  expect(ring).toEqual(['old', key]);
  expect(added.stderr).toContain(`keys use ${file} ${key}`);
  const used = await runCli(['keys', 'use', file, key]);
  expect(used.code).toBe(0);
  expect(await idsIn()).toEqual([key, 'old']);
  await using api = await withKeys(
    { keyId: key, active: true, present: true, nodes: 3n },
    { keyId: 'old', present: true },
  );
  const dropped = await api.run(['keys', 'drop', file, 'old']);
  expect(dropped.code).toBe(0);
  expect(await idsIn()).toEqual([key]);
  for (const { stdout, stderr } of [added, used, dropped])
    expect(stdout + stderr).not.toContain(secret.slice(0, 12));
});

test('a key under which secrets lie, or that seals, or of which nothing can be learnt, is not dropped unless forced', async () => {
  await writeFile(file, `new:${secret}\nold:${secret}\n`);
  await using api = await withKeys({ keyId: 'old', present: true, nodes: 2n });
  expect(await api.run(['keys', 'drop', file, 'old'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('secrets of 2 nodes'),
  });
  await using sealing = await withKeys({ keyId: 'old', present: true, active: true });
  expect(await sealing.run(['keys', 'drop', file, 'old'])).toMatchObject({ code: 4 });
  await using silent = await startFakeApi({});
  expect((await silent.run(['keys', 'drop', file, 'old'])).code).not.toBe(0);
  expect(await idsIn()).toEqual(['new', 'old']);
  expect((await silent.run(['keys', 'drop', file, 'old', '--force'])).code).toBe(0);
  expect(await idsIn()).toEqual(['new']);
  expect(await silent.run(['keys', 'drop', file, 'new', '--force'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('use another one first'),
  });
  expect(await runCli(['keys', 'add', join(folder, 'none')])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('ENOENT'),
  });
});

test('the state of the keys is a table of what lies under which', async () => {
  await using api = await withKeys(
    { keyId: 'new', active: true, present: true, nodes: 12n },
    { keyId: 'old', present: true, nodes: 1n },
    { keyId: 'lost', nodes: 4n },
  );
  const { stdout } = await api.run('keys status');
  expect(stdout).toMatch(/new +seals +12 +0\nold +opens +1 +0\nlost +missing +4 +0\n/);
});
