import type { ConsoleCall } from '@consolemesh/driver-sdk';

type Key = Pick<ConsoleCall, 'consoleId' | 'generation'>;

/** Incarnations; the longest known is forgotten first. */
const most = 10_000;

/**
 * The consoles for which this instance has begun to write. It is evidence and no state: an iDRAC does not tell who has enabled its VNC
 * server, and where this instance knows that it was itself, a server that stays silent may be switched off and on.
 */
export interface OwnWrites {
  begin(console: Key): void;
  has(console: Key): boolean;
  forget(console: Key): void;
}

export function createOwnWrites(): OwnWrites {
  const known = new Set<string>();
  const keyOf = ({ consoleId, generation }: Key) => `${consoleId}/${generation}`;
  return {
    begin(console) {
      const key = keyOf(console);
      known.delete(key);
      known.add(key);
      const [oldest] = known;
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
    has: (console) => known.has(keyOf(console)),
    forget: (console) => void known.delete(keyOf(console)),
  };
}
