import type { Context } from '../../context.ts';
import { UsageError } from '../../exit-codes.ts';
import { nodeView } from '../../output/views.ts';
import { type FieldOptions, readFields } from './fields.ts';

/** Changes the named fields of a node and shows it. */
export async function setNode(
  context: Context,
  options: FieldOptions & { name?: string; unset?: string[]; etag?: string },
  which: string,
): Promise<void> {
  const { node, mask } = await readFields(context.io, options);
  // A masked field that the request does not set is removed.
  const paths = [...mask, ...(options.name === undefined ? [] : ['name']), ...(options.unset ?? [])];
  if (paths.length === 0) throw new UsageError('nothing to change: name a field, such as --info KEY=VALUE');
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw new UsageError(`${twice} is named twice`);
  const { nodes } = await context.conductor();
  // A change names its node by UUID, so that a rename beside it cannot redirect it.
  const { id } = (await nodes.getNode({ node: which })).node!;
  const answer = await nodes.updateNode({
    node: { ...node, id, name: options.name ?? '', etag: options.etag ?? '' },
    updateMask: paths,
  });
  context.show(nodeView(answer.node!));
}
