import { open } from 'node:fs/promises';
import {
  type KeyRing,
  KeyRingError,
  largestKeyRing,
  parseKeyRing,
  type SealingKey,
} from './parse-key-ring.ts';

/** A key ring that is changed while it is in use. */
export interface FollowedKeyRing extends KeyRing {
  /** Looks at the file now. Answers what became of it; `refused` says why, without a word of the content. */
  look(): Promise<RingNews>;
}

/** What a look has found: nothing new, other keys that are in use now, or something that cannot be used (the old keys stay). */
export type RingNews =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly why: string };

/** A ring as it was read from its file. */
export interface KeyRingFile {
  readonly path: string;
  readonly keys: readonly SealingKey[];
}

/**
 * Follows the file of a key ring by its content, so that writing in place, atomic renames and swapped symbolic links all work. New content
 * counts when two looks in succession have found the same: a file may be half written. Whoever calls decides how often to look.
 */
export function followKeyRing({ path, keys }: KeyRingFile): FollowedKeyRing {
  let current = keys;
  let seen: string | undefined;
  let judged: string | undefined;

  async function look(): Promise<RingNews> {
    const found = await readText(path).catch((error: Error) => error);
    const content = found instanceof Error ? `!${found.message}` : found;
    const settled = content === seen;
    seen = content;
    if (!settled || content === judged) return { kind: 'same' };
    judged = content;
    if (found instanceof Error) return { kind: 'refused', why: found.message };
    try {
      const next = parseKeyRing(found);
      refuseOtherBytes(current, next);
      if (sameKeys(current, next)) return { kind: 'same' };
      current = next;
      return { kind: 'changed' };
    } catch (error) {
      if (error instanceof KeyRingError) return { kind: 'refused', why: error.message };
      throw error;
    }
  }

  return { current: () => current, look };
}

/** Reads a ring once. @throws Error with one clear line that names the file and nothing of what stands in it */
export async function readKeyRingFile(path: string): Promise<KeyRingFile> {
  try {
    return { path, keys: parseKeyRing(await readText(path)) };
  } catch (error) {
    throw new Error(`the key ring ${path} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

async function readText(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(largestKeyRing + 1), 0, largestKeyRing + 1, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`it cannot be read (${code ?? message})`, { cause });
  }
}

/** What a key has sealed names its id alone: under other bytes it would never open again. */
function refuseOtherBytes(current: readonly SealingKey[], next: readonly SealingKey[]): void {
  for (const { id, key } of next) {
    const known = current.find((one) => one.id === id);
    if (known && !known.key.equals(key))
      throw new KeyRingError(`the key ${id} has other bytes than before; give a new key a new id`);
  }
}

function sameKeys(one: readonly SealingKey[], other: readonly SealingKey[]): boolean {
  return one.length === other.length && one.every(({ id }, index) => id === other[index]!.id);
}
