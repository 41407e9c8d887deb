import type { Link } from './link.ts';

/** What passed, for lists and limits; counted in place, because it changes with every chunk. */
export interface Traffic {
  toClient: number;
  fromClient: number;
}

/** What a relay does with bytes on their way. */
export interface RelayOptions {
  readonly traffic: Traffic;
  /** Judges or rewrites what the client sends; empty = nothing goes on. What it throws goes to `onRefused`. */
  readonly fromClient?: (chunk: Buffer) => Buffer;
  /** Rewrites what the machine sends, lazily and piece by piece; absent = it goes on untouched. May throw as well. */
  readonly toClient?: (chunk: Buffer) => Iterable<Buffer>;
  /** Called once, before the machine's first bytes go to the client. */
  readonly onFirstToClient?: (() => void) | undefined;
  /** What either of them threw; the owner ends the session. */
  readonly onRefused?: (error: unknown, side: 'client' | 'machine') => void;
}

/**
 * Relays between a client and a machine until one of them is over; the owner listens to `onOver` of both. Back-pressure is immediate:
 * a side that does not take everything pauses the other, so that no more than one chunk of each direction waits here.
 */
export function relay(client: Link, machine: Link, options: RelayOptions): void {
  const { traffic, fromClient, toClient, onFirstToClient, onRefused } = options;
  machine.onWritten = () => client.resume();
  client.onWritten = () => machine.resume();
  client.relay((chunk) => {
    traffic.fromClient += chunk.length;
    if (!fromClient) return machine.write(chunk, 0);
    try {
      const rest = fromClient(chunk);
      return rest.length === 0 || machine.write(rest, 0);
    } catch (error) {
      onRefused?.(error, 'client');
      return true;
    }
  });
  machine.relay((chunk, room) => {
    if (traffic.toClient === 0) onFirstToClient?.();
    traffic.toClient += chunk.length;
    if (!toClient) return client.write(chunk, room);
    return redraw(chunk);
  });

  /** Writes what the rewriting gives, piece by piece; when the client cannot take more, the rest is made once it can. */
  function redraw(chunk: Buffer): boolean {
    try {
      const pieces = toClient!(chunk)[Symbol.iterator]();
      const goOn = (): boolean => {
        for (let next = pieces.next(); !next.done; next = pieces.next()) {
          // Pieces may share the chunk's memory, which is not used again before this is over; each has its own header.
          if (!client.write(next.value, 0)) return false;
        }
        return true;
      };
      if (goOn()) return true;
      client.onWritten = () => {
        try {
          if (!goOn()) return;
        } catch (error) {
          onRefused?.(error, 'machine');
        }
        client.onWritten = () => machine.resume();
        machine.resume();
      };
      return false;
    } catch (error) {
      onRefused?.(error, 'machine');
      return true;
    }
  }
}
