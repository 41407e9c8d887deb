/** The resume ticket of this tab: what lets a reload come back. Only ever in the tab's session storage. */
export interface Tickets {
  get(): string | undefined;
  set(ticket: string): void;
  clear(): void;
  /** Name of the node the ticket is for, to greet with after a reload. */
  node(): string | undefined;
  setNode(node: string): void;
}

const ticketKey = 'consolemesh.resume';
const nodeKey = 'consolemesh.node';

/** @param storage the tab's session storage; where a browser blocks it, the ticket lives as long as the page */
export function openTickets(storage: () => Storage): Tickets {
  const memory = new Map<string, string>();
  const read = (key: string) => {
    try {
      return storage().getItem(key) ?? undefined;
    } catch {
      return memory.get(key);
    }
  };
  const write = (key: string, value: string | undefined) => {
    try {
      if (value === undefined) storage().removeItem(key);
      else storage().setItem(key, value);
    } catch {
      if (value === undefined) memory.delete(key);
      else memory.set(key, value);
    }
  };
  return {
    get: () => read(ticketKey),
    set: (ticket) => write(ticketKey, ticket),
    clear: () => write(ticketKey, undefined),
    node: () => read(nodeKey),
    setNode: (node) => write(nodeKey, node),
  };
}
