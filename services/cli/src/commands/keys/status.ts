import type { Context } from '../../context.ts';

/** Shows every key with what lies under it, the one that seals first. */
export async function showKeys(context: Context): Promise<void> {
  const { keys } = await (await context.conductor()).keys.listSealingKeys({});
  const rows = keys.map(({ keyId, active, present, nodes, consoles }) => ({
    id: keyId,
    state: active ? 'seals' : present ? 'opens' : 'missing',
    nodes: `${nodes}`,
    consoles: `${consoles}`,
  }));
  context.list(rows, [
    ['key', ({ id }) => id],
    ['state', ({ state }) => state],
    ['nodes', ({ nodes }) => nodes],
    ['consoles', ({ consoles }) => consoles],
  ]);
}
