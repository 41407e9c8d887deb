import type { Context } from '../../context.ts';
import { nodeView } from '../../output/views.ts';

/** Shows one node. */
export async function showNode(context: Context, _options: object, node: string): Promise<void> {
  const answer = await (await context.conductor()).nodes.getNode({ node });
  context.show(nodeView(answer.node!));
}
