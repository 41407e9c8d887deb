import type { Context } from '../../context.ts';
import { printable } from '../../output/text.ts';

/** Deletes nodes one after the other; the first that cannot be deleted ends it. */
export async function deleteNodes(
  context: Context,
  { force }: { force?: boolean },
  names: string[],
): Promise<void> {
  const { nodes } = await context.conductor(60_000);
  for (const node of names) {
    const { leftChanged } = await nodes.deleteNode({ node, force: force === true });
    context.note(`Deleted ${node}.`);
    // Said even when quiet: nothing else will tell it any more.
    for (const sentences of leftChanged) {
      context.io.stderr.write(`Left changed at the machine of ${printable(node)}: ${printable(sentences)}\n`);
    }
  }
}
