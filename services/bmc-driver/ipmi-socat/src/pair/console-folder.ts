import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ToolFiles } from '../node/tool-files.ts';
import { script } from './script.ts';

/** Folder of a console: its id may be any text, the folder's name passes through the grammar of socat. */
export function consoleFolder(runtimeFolder: string, consoleId: string): string {
  return join(runtimeFolder, `c-${createHash('sha256').update(consoleId).digest('hex').slice(0, 32)}`);
}

/** Writes what the script needs, 0600 in 0700. */
export async function writeConsoleFolder(
  folder: string,
  files: ToolFiles,
  { takeover }: { takeover: boolean },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const write = (name: string, content: string | Buffer) =>
    writeFile(join(folder, name), content, { mode: 0o600 });
  await write('run', script);
  await write('arguments', files.arguments);
  await write('password', files.password);
  await write('key', files.key);
  await rm(join(folder, 'refused'), { force: true });
  if (takeover) await write('takeover', '');
  else await rm(join(folder, 'takeover'), { force: true });
}

/** Whether the folder holds exactly this. */
export async function holdsConsole(
  folder: string,
  files: ToolFiles,
  { takeover }: { takeover: boolean },
): Promise<boolean> {
  const same = async (name: string, content: string | Buffer) =>
    (await readFile(join(folder, name)).catch(() => undefined))?.equals(Buffer.from(content)) ?? false;
  const all = await Promise.all([
    same('run', script),
    same('arguments', files.arguments),
    same('password', files.password),
    same('key', files.key),
    exists(join(folder, 'takeover')).then((there) => there === takeover),
    exists(join(folder, 'refused')).then((there) => !there),
  ]);
  return all.every(Boolean);
}

/** Whether there is such a folder. */
export function folderExists(folder: string): Promise<boolean> {
  return exists(folder);
}

/** Whether a session may stand at the BMC that was begun from this folder. */
export async function mayHoldSession(folder: string): Promise<boolean> {
  return (await exists(join(folder, 'active'))) || (await exists(join(folder, 'lost')));
}

/** Says that one may stand there, so that it is ended before the next. */
export async function markSession(folder: string): Promise<void> {
  await writeFile(join(folder, 'active'), '', { mode: 0o600 });
}

/** Says that none stands there any more. */
export async function forgetSession(folder: string): Promise<void> {
  await Promise.all(['active', 'lost'].map((name) => rm(join(folder, name), { force: true })));
}

/** What ipmitool complained of last, its end; empty when it did not. */
export async function lastErrors(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'errors'), 'latin1').catch(() => '');
  return text.slice(-2_048);
}

function exists(path: string): Promise<boolean> {
  return stat(path)
    .then(() => true)
    .catch(() => false);
}
