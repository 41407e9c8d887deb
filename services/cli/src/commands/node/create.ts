import type { Context } from '../../context.ts';
import { nodeView } from '../../output/views.ts';
import { type FieldOptions, readFields } from './fields.ts';

/** Makes a node and shows it. */
export async function createNode(
  context: Context,
  options: FieldOptions & { id?: string },
  name: string,
): Promise<void> {
  const { node } = await readFields(context.io, options);
  const { nodes } = await context.conductor();
  const answer = await nodes.createNode({ node: { ...node, name, id: options.id ?? '' } });
  const view = nodeView(answer.node!);
  context.show(view);
  context.note(`Enable its console with: consolemesh console enable ${name} --wait`);
}
