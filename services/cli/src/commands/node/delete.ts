import type { Context } from '../../context.ts';

/** Deletes nodes one after the other; the first that cannot be deleted ends it. */
export async function deleteNodes(
  context: Context,
  { force }: { force?: boolean },
  names: string[],
): Promise<void> {
  const { nodes } = await context.conductor(60_000);
  for (const node of names) {
    await nodes.deleteNode({ node, force: force === true });
    context.note(`Deleted ${node}.`);
  }
}
