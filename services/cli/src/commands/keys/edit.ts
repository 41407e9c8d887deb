import { editKeyRing, KeyRingError, type RingEdit } from '@consolemesh/store';
import type { Context } from '../../context.ts';
import { CommandError, UsageError } from '../../exit-codes.ts';

/** Adds a new key at the end of a ring. */
export async function addKey(context: Context, _options: object, file: string): Promise<void> {
  const { id } = await edit(context, file, { kind: 'add' });
  context.note(`When every conductor has the new ring: consolemesh keys use ${file} ${id}`);
}

/** Brings a key of a ring to the top. */
export async function useKey(context: Context, _options: object, file: string, id: string): Promise<void> {
  await edit(context, file, { kind: 'use', id });
  context.note('When `consolemesh keys status` shows nothing under the other keys, they can be dropped.');
}

/** Takes a key out of a ring. What the conductor says of it is asked first: a secret whose key is gone is gone. */
export async function dropKey(
  context: Context,
  { force = false }: { force?: boolean },
  file: string,
  id: string,
): Promise<void> {
  if (!force) await requireUnused(context, id);
  await edit(context, file, { kind: 'drop', id });
}

async function requireUnused(context: Context, id: string): Promise<void> {
  const { keys } = await (await context.conductor()).keys.listSealingKeys({});
  const known = keys.find(({ keyId }) => keyId === id);
  if (!known || (!known.active && known.nodes + known.consoles === 0n)) return;
  throw new CommandError(
    known.active
      ? `The conductor still seals with the key ${id}; nothing was changed.`
      : `Under the key ${id} still lie the secrets of ${known.nodes} nodes and ${known.consoles} consoles; nothing was changed.`,
    {
      reason: 'KEY_IN_USE',
      exitCode: 4,
      hint: 'Put another key on top (consolemesh keys use) and wait until consolemesh keys status shows 0.',
    },
  );
}

/** Prints the ids of the ring as it is now; never the keys. */
async function edit(context: Context, file: string, change: RingEdit): Promise<{ id: string }> {
  try {
    const { id, ids } = await editKeyRing(file, change);
    context.show({ key: id, ring: ids });
    return { id };
  } catch (error) {
    if (error instanceof KeyRingError) throw new UsageError(`${file}: ${error.message}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`${file} cannot be changed (${code})`, { cause: error });
  }
}
