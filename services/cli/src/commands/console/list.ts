import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import type { Context } from '../../context.ts';
import { consoleView } from '../../output/views.ts';
import { enumOf } from '../../output/words.ts';
import { readPages } from '../../pages.ts';

/** Lists consoles by node and kind. */
export async function listConsoles(
  context: Context,
  options: { node?: string; kind?: string; state?: string; limit: number },
): Promise<void> {
  const { consoles } = await context.conductor();
  const found = await readPages(options.limit, async (pageSize, pageToken) => {
    const page = await consoles.listConsoles({
      node: options.node ?? '',
      kind: enumOf(ConsoleKind, options.kind),
      observed: enumOf(ObservedState, options.state),
      pageSize,
      pageToken,
    });
    return { items: page.consoles, nextPageToken: page.nextPageToken };
  });
  context.list(found.map(consoleView), [
    ['node', ({ nodeName }) => nodeName],
    ['kind', ({ kind }) => kind],
    ['desired', ({ desired }) => desired],
    ['observed', ({ observed }) => observed],
    ['driver', ({ driver }) => driver],
    ['endpoint', ({ endpointKind }) => endpointKind],
    ['sessions', ({ sessions, maxSessions }) => `${sessions}/${maxSessions}`],
    ['last error', ({ lastError }) => lastError?.reason],
  ]);
}
