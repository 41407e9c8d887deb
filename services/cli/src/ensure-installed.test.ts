import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkNode, ensureInstalled } from '../bin/ensure-installed.mjs';

/** A project whose files were written at the given seconds. */
const makeProject = async (files: Record<string, number>) => {
  const root = await mkdtemp(join(tmpdir(), 'consolemesh-install-'));
  for (const [path, seconds] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
    await utimes(join(root, path), seconds, seconds);
  }
  const calls: string[] = [];
  const said: string[] = [];
  return {
    calls,
    said,
    ensure: (code = 0) =>
      ensureInstalled({
        root,
        say: (line) => said.push(line),
        run: async (args, where) => {
          expect(where).toBe(root);
          calls.push(args.slice(0, 2).join(' '));
          return code;
        },
      }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
};

const complete = {
  'package-lock.json': 10,
  'node_modules/.package-lock.json': 20,
  'proto/consolemesh/a.proto': 10,
  'libs/contracts/src/gen/descriptors.binpb': 20,
  'services/novncproxy/src/page/main.ts': 10,
  'services/novncproxy/src/page/main.test.ts': 99,
  'services/novncproxy/dist/page/index.html': 20,
};

test('nothing is run and nothing is said when everything is there', async () => {
  await using project = await makeProject(complete);
  await project.ensure();
  expect(project.calls).toEqual([]);
  expect(project.said).toEqual([]);
});

test.each([
  ['node_modules is missing', { 'node_modules/.package-lock.json': undefined }, 'ci --include=dev'],
  ['package-lock.json is newer', { 'package-lock.json': 30 }, 'ci --include=dev'],
  [
    'generated contracts are missing',
    { 'libs/contracts/src/gen/descriptors.binpb': undefined },
    'run --silent',
  ],
  ['the contracts have changed', { 'proto/consolemesh/a.proto': 30 }, 'run --silent'],
  ['the page is not built', { 'services/novncproxy/dist/page/index.html': undefined }, 'run --silent'],
  ['the page has changed', { 'services/novncproxy/src/page/main.ts': 30 }, 'run --silent'],
])('when %s, it is said and npm is run', async (why, change: Record<string, number | undefined>, call) => {
  const files = Object.entries({ ...complete, ...change }).filter(
    (file): file is [string, number] => !!file[1],
  );
  await using project = await makeProject(Object.fromEntries(files));
  await project.ensure();
  expect(project.calls).toEqual([call]);
  expect(project.said).toEqual([expect.stringContaining(why)]);
});

test('a failed installation ends it, and nothing else is tried', async () => {
  await using project = await makeProject({ 'package-lock.json': 10 });
  await expect(project.ensure(1)).rejects.toThrow('npm ci failed');
  expect(project.calls).toEqual(['ci --include=dev']);
});

test('a Node.js that is too old is named together with the one that is needed', () => {
  for (const old of ['18.20.4', '20.18.3'])
    expect(() => checkNode(old)).toThrow(`20.19 or newer; this is ${old}`);
  for (const good of ['20.19.0', '22.0.0', '24.1.0']) checkNode(good);
});
