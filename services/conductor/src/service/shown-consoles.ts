import type { Console as WireConsole } from '@consolemesh/contracts/conductor';
import type { ConsoleRecord } from '../domain/console.ts';
import { consoleToWire } from '../wire/consoles.ts';
import { reducedConsole } from '../wire/reduced.ts';
import { type Caller, decide } from './caller.ts';
import type { ServiceContext } from './context.ts';

/** A console as the caller may see it. */
export interface ShownConsole {
  readonly id: string;
  readonly console: WireConsole;
}

/** Those of the consoles that the caller may see, as he may see them, in their order. Whose their nodes are is read now. */
export async function shownConsoles(
  { store, maxSessions }: ServiceContext,
  caller: Caller,
  records: readonly ConsoleRecord[],
): Promise<ShownConsole[]> {
  const holders = caller.administrator
    ? undefined
    : await store.holdersOf([...new Set(records.map(({ nodeId }) => nodeId))]);
  const facts = await store.consoleFacts(records.map(({ id }) => id));
  return records.flatMap((record) => {
    const console = consoleToWire(record, facts.get(record.id), maxSessions);
    if (!holders) return [{ id: record.id, console }];
    const node = holders.get(record.nodeId);
    const allowed = node && decide(caller, 'console.read', node);
    if (!allowed) return [];
    return [{ id: record.id, console: allowed === 'yes' ? console : reducedConsole(console) }];
  });
}
