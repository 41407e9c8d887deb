import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generateKeyRing } from './create-key-ring-file.ts';
import { KeyRingError, parseKeyRing } from './parse-key-ring.ts';

/**
 * A change of a ring.
 * - `add`: a new random key at the end: it opens and does not seal yet.
 * - `use`: the key comes to the top: from now on it seals.
 * - `drop`: the key goes; what it has sealed is lost unless it was sealed anew. The active one is refused.
 */
export type RingEdit =
  | { readonly kind: 'add' }
  | { readonly kind: 'use'; readonly id: string }
  | { readonly kind: 'drop'; readonly id: string };

/**
 * Changes a ring file: the new content lies beside it, durable and of the same mode and owner, before it takes the name, so that at no time
 * there is half a ring. Comments stay where they are. Answers the ids as they are now and the key that the change was about.
 * @throws KeyRingError, or what the file system says
 */
export async function editKeyRing(path: string, edit: RingEdit): Promise<{ id: string; ids: string[] }> {
  const text = await readFile(path, 'utf8');
  const known = parseKeyRing(text).map(({ id }) => id);
  const lines = text.split('\n').filter((line, index, all) => line !== '' || index < all.length - 1);
  const { id, next } = apply(lines, known, edit);
  const content = `${next.join('\n')}\n`;
  const ids = parseKeyRing(content).map((key) => key.id);
  await replaceFile(path, content);
  return { id, ids };
}

function apply(
  lines: readonly string[],
  known: readonly string[],
  edit: RingEdit,
): { id: string; next: string[] } {
  if (edit.kind === 'add') {
    const line = generateKeyRing().trim();
    return { id: idOf(line)!, next: [...lines, line] };
  }
  const { id } = edit;
  if (!known.includes(id)) throw new KeyRingError(`there is no key ${id}; there are ${known.join(', ')}`);
  const line = lines.find((one) => idOf(one) === id)!;
  const rest = lines.filter((one) => one !== line);
  if (edit.kind === 'use') {
    const top = rest.findIndex((one) => idOf(one) !== undefined);
    return { id, next: rest.toSpliced(top < 0 ? rest.length : top, 0, line) };
  }
  if (known[0] === id) throw new KeyRingError(`${id} is the key that seals; use another one first`);
  return { id, next: rest };
}

/** Undefined for comments and empty lines. */
function idOf(line: string): string | undefined {
  const text = line.trim();
  return text === '' || text.startsWith('#') ? undefined : text.slice(0, text.indexOf(':'));
}

async function replaceFile(name: string, content: string): Promise<void> {
  // A link goes on pointing where it points.
  const path = await realpath(name);
  const { uid, gid, mode } = await stat(path);
  const beside = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(content);
      // Whoever may read the ring (a service's own user, or its group) goes on being able to; nobody else comes to it.
      await file.chown(uid, gid).catch((error: Error) => refuseOtherOwner(file, uid, gid, error));
      await file.chmod(mode & 0o640);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A ring that its service cannot read would be noticed at the service's next start only: nothing is replaced then. */
async function refuseOtherOwner(file: FileHandle, uid: number, gid: number, cause: Error): Promise<void> {
  const now = await file.stat();
  if (now.uid === uid && now.gid === gid) return;
  throw new KeyRingError(
    `the ring belongs to user ${uid} and group ${gid}, and this user may make no file of theirs: run this as that user or as root`,
    { cause },
  );
}

/** The name is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder);
    await handle.sync();
  } catch {
    // Some file systems cannot; the content is durable in any case.
  } finally {
    await handle?.close();
  }
}
