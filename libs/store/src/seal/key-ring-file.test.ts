import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generateKeyRing } from './create-key-ring-file.ts';
import { createSealer, longestPrefix, SealError, sealedBy, sealedPrefix } from './create-sealer.ts';
import { editKeyRing } from './edit-key-ring.ts';
import { followKeyRing, readKeyRingFile } from './follow-key-ring.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consolemesh-ring-'));
  path = join(folder, 'ring');
});
afterEach(() => rm(folder, { recursive: true }));

const idsIn = async () => (await readKeyRingFile(path)).keys.map(({ id }) => id);

test('a ring that is changed counts when two looks have found the same, and its sealer seals with its new first key', async () => {
  await writeFile(path, `old:${key(1)}\n`);
  const ring = followKeyRing(await readKeyRingFile(path));
  const sealer = createSealer({ keys: ring });
  const before = sealer.seal('secret', 'c');
  await writeFile(path, `new:${key(2)}\nold:${key(1)}\n`);
  expect(await ring.look()).toEqual({ kind: 'same' });
  expect(sealer.keyIds()).toEqual(['old']);
  expect(await ring.look()).toEqual({ kind: 'changed' });
  expect(await ring.look()).toEqual({ kind: 'same' });
  expect(sealer.keyIds()).toEqual(['new', 'old']);
  expect(sealer.open(before, 'c').toString()).toBe('secret');
  expect(sealer.needsRotation(before)).toBe(true);
  expect(sealedBy(sealer.seal('secret', 'c'))).toBe('new');
});

test.each([
  ['a ring that is cut short', `new:${key(2).slice(0, 20)}`, 'expected 32'],
  ['an empty file', '', 'holds no key'],
  ['the id of a key with other bytes', `old:${key(9)}`, 'the key old has other bytes than before'],
  ['no file', undefined, 'cannot be read (ENOENT)'],
])('%s is refused once, with a reason, and changes nothing', async (_what, content, why) => {
  await writeFile(path, `old:${key(1)}\n`);
  const ring = followKeyRing(await readKeyRingFile(path));
  const before = ring.current();
  if (content === undefined) await rm(path);
  else await writeFile(path, content);
  await ring.look();
  const news = await ring.look();
  expect(news).toEqual({ kind: 'refused', why: expect.stringContaining(why) });
  expect(JSON.stringify(news)).not.toContain(key(2).slice(0, 12));
  expect(await ring.look()).toEqual({ kind: 'same' });
  expect(ring.current()).toBe(before);
  await writeFile(path, `new:${key(2)}\nold:${key(1)}\n`);
  await ring.look();
  expect(await ring.look()).toEqual({ kind: 'changed' });
});

test('keys are added at the end, brought to the top and dropped, each time in one step that keeps comments, mode and links', async () => {
  await writeFile(path, `# of 2026\n\nold:${key(1)}\n`);
  await chmod(path, 0o640);
  const link = join(folder, 'link');
  await symlink(path, link);
  const added = await editKeyRing(link, { kind: 'add' });
  expect(added.ids).toEqual(['old', added.id]);
  expect(await editKeyRing(link, { kind: 'use', id: added.id })).toEqual({
    id: added.id,
    ids: [added.id, 'old'],
  });
  expect(await readFile(path, 'utf8')).toMatch(/^# of 2026\n\nk[0-9a-f]{8}:.*\nold:.*\n$/);
  expect(await editKeyRing(link, { kind: 'drop', id: 'old' })).toEqual({ id: 'old', ids: [added.id] });
  expect(await idsIn()).toEqual([added.id]);
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect((await readdir(folder)).sort()).toEqual(['link', 'ring']);
});

test('a ring is never readable by everybody after a change', async () => {
  await writeFile(path, generateKeyRing(), { mode: 0o644 });
  await editKeyRing(path, { kind: 'add' });
  expect((await stat(path)).mode & 0o777).toBe(0o640);
});

test('the key that seals and a key that is not there are not dropped, and nothing is written', async () => {
  await writeFile(path, `old:${key(1)}\nnext:${key(2)}\n`);
  const before = await readFile(path, 'utf8');
  await expect(editKeyRing(path, { kind: 'drop', id: 'old' })).rejects.toThrow('use another one first');
  await expect(editKeyRing(path, { kind: 'drop', id: 'x' })).rejects.toThrow('there are old, next');
  await expect(editKeyRing(path, { kind: 'use', id: 'x' })).rejects.toThrow('there is no key x');
  expect(await readFile(path, 'utf8')).toBe(before);
});

test('the first bytes of a value tell its key', async () => {
  await writeFile(path, `${'k'.repeat(64)}:${key(1)}\n`);
  const { keys } = await readKeyRingFile(path);
  const sealed = createSealer({ keys }).seal('secret', 'c');
  const prefix = sealedPrefix(keys[0]!.id);
  expect(prefix).toHaveLength(longestPrefix);
  expect(sealed.subarray(0, prefix.length)).toEqual(prefix);
  expect(sealedBy(sealed.subarray(0, longestPrefix))).toBe(keys[0]!.id);
  expect(() => sealedBy(sealed.subarray(0, longestPrefix - 1))).toThrow(SealError);
});
