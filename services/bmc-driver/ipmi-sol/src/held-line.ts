import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '@consolemesh/ipmi';
import type { IpmiNode } from './options.ts';

/** A console that is open here, whose session serves other calls as well: BMCs have few. */
export interface HeldLine {
  readonly node: IpmiNode;
  /** Does something in the session, which is not closed meanwhile. */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Resolves when nobody uses the session any more, after three seconds at the latest. */
  unused(): Promise<void>;
}

/** Longest wait for calls that are under way, ms: the hub waits for ten seconds until a line is closed. */
const unusedWithinMs = 3_000;

export function createHeldLine(node: IpmiNode, session: Session): HeldLine {
  const uses = new Set<Promise<unknown>>();
  return {
    node,
    async use(work) {
      const use = work(session);
      uses.add(use);
      try {
        return await use;
      } finally {
        uses.delete(use);
      }
    },
    async unused() {
      if (uses.size === 0) return;
      const late = new AbortController();
      const limit = sleep(unusedWithinMs, undefined, { signal: late.signal }).catch(() => {});
      await Promise.race([Promise.allSettled(uses), limit]);
      late.abort();
    },
  };
}
