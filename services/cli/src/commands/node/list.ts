import { readPairs } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { nodeView } from '../../output/views.ts';
import { readPages } from '../../pages.ts';

/** Filters of the list. */
interface ListOptions {
  readonly namePrefix?: string;
  readonly label?: string[];
  readonly owner?: string;
  readonly lessee?: string;
  readonly instanceUuid?: string;
  readonly maintenance?: boolean;
  readonly limit: number;
}

/** Lists nodes by name. */
export async function listNodes(context: Context, options: ListOptions): Promise<void> {
  const { nodes } = await context.conductor();
  const found = await readPages(options.limit, async (pageSize, pageToken) => {
    const page = await nodes.listNodes({
      pageSize,
      pageToken,
      namePrefix: options.namePrefix ?? '',
      labels: readPairs('--label', options.label),
      owner: options.owner ?? '',
      lessee: options.lessee ?? '',
      instanceUuid: options.instanceUuid ?? '',
      maintenance: options.maintenance,
    });
    return { items: page.nodes, nextPageToken: page.nextPageToken };
  });
  context.list(found.map(nodeView), [
    ['name', ({ name }) => name],
    ['id', ({ id }) => id],
    ['graphical', ({ interfaces }) => interfaces?.graphical || 'auto'],
    ['serial', ({ interfaces }) => interfaces?.serial || 'auto'],
    ['power', ({ interfaces }) => interfaces?.power || 'auto'],
    ['route', ({ route }) => route ?? 'default'],
    ['owner', ({ owner }) => owner],
    ['maintenance', ({ maintenance }) => (maintenance ? 'yes' : '')],
  ]);
}
