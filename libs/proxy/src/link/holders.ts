import { type Connection, connect, type Trust } from '@consolemesh/mesh';

/** Connections to the holders of streams, each shared by the sessions at that holder. */
export interface Holders extends Disposable {
  /** A connection to a target; `release` it once when the stream on it is over. */
  acquire(target: string): { readonly connection: Connection; release(): void };
}

/** Connections that are kept for the next session although none uses them. */
const mostIdle = 64;

/** Makes an empty set. */
export function createHolders(trust: Trust): Holders {
  const known = new Map<string, { connection: Connection; users: number }>();

  const trim = () => {
    const idle = [...known].filter(([, holder]) => holder.users === 0);
    for (const [target, holder] of idle.slice(0, Math.max(0, idle.length - mostIdle))) {
      known.delete(target);
      holder.connection[Symbol.dispose]();
    }
  };

  return {
    acquire(target) {
      const holder = known.get(target) ?? { connection: connect(target, { trust }), users: 0 };
      holder.users += 1;
      // Re-inserted, so that the map's order is the order of use.
      known.delete(target);
      known.set(target, holder);
      let held = true;
      return {
        connection: holder.connection,
        release() {
          if (!held) return;
          held = false;
          holder.users -= 1;
          trim();
        },
      };
    },
    [Symbol.dispose]() {
      for (const { connection } of known.values()) connection[Symbol.dispose]();
      known.clear();
    },
  };
}
