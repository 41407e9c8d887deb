import type { ConsoleCall } from '@consolemesh/driver-sdk';

/** Incarnations of consoles, by their keys. */
export interface ConsoleSet {
  add(console: Key): void;
  has(console: Key): boolean;
  delete(console: Key): void;
}

/**
 * What this instance has seen of consoles, beyond their states. It is evidence and no state: an iDRAC tells neither who has enabled its VNC
 * server nor who has set its password, and another instance does without.
 */
export interface Evidence {
  /** For these it has begun to write: a VNC server that stays silent then may be switched off and on. */
  readonly wrote: ConsoleSet;
  /** The VNC server has refused their passwords, so it is somebody else's now. It is not asked again: it counts refusals. */
  readonly refused: ConsoleSet;
}

export function createEvidence(): Evidence {
  return { wrote: createConsoleSet(), refused: createConsoleSet() };
}

type Key = Pick<ConsoleCall, 'consoleId' | 'generation'>;

/** In one set; the longest known is forgotten first. */
const most = 10_000;

function createConsoleSet(): ConsoleSet {
  const known = new Set<string>();
  const keyOf = ({ consoleId, generation }: Key) => `${consoleId}/${generation}`;
  return {
    add(console) {
      const key = keyOf(console);
      known.delete(key);
      known.add(key);
      const [oldest] = known;
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
    has: (console) => known.has(keyOf(console)),
    delete: (console) => void known.delete(keyOf(console)),
  };
}
