import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../exit-codes.ts';
import { openDataFolder } from './data-folder.ts';

test('a folder is made for its owner only and kept; without one there is a temporary one that goes', async () => {
  const base = await mkdtemp(join(tmpdir(), 'consolemesh-folder-'));
  try {
    const path = join(base, 'a', 'b');
    {
      await using kept = await openDataFolder(path);
      expect(kept).toMatchObject({ path, kept: true });
    }
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  } finally {
    await rm(base, { recursive: true, force: true });
  }
  let temporary: string;
  {
    await using made = await openDataFolder(undefined);
    temporary = made.path;
    expect((await stat(temporary)).mode & 0o777).toBe(0o700);
  }
  await expect(stat(temporary)).rejects.toThrow('ENOENT');
});

test.each([
  ['a file', 'file'],
  ['a folder below a file', 'file/below'],
])('%s is refused in words', async (_, name) => {
  const base = await mkdtemp(join(tmpdir(), 'consolemesh-folder-'));
  try {
    await writeFile(join(base, 'file'), '');
    const opening = openDataFolder(join(base, name));
    await expect(opening).rejects.toThrow(
      `--data ${join(base, name)}: this is a file or lies below one; name a folder`,
    );
    await expect(opening).rejects.toBeInstanceOf(UsageError);
  } finally {
    await rm(base, { recursive: true, force: true });
  }
});
