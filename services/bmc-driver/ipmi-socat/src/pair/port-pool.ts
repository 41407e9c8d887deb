import { MeshError } from '@consolemesh/errors';
import { formatPortRange, type PortRange, portsOf } from '../settings/port-ranges.ts';
import { isPortFree, portTaken } from './start-socat.ts';

/** The TCP ports of consoles: each is given to one console at a time, and to none while somebody else listens there. */
export interface PortPool {
  /**
   * Takes a port: the fixed one, else the one it had before, else the first free one of the ranges.
   * @throws MeshError RESOURCE_EXHAUSTED
   */
  take(consoleId: string, wish: { fixed?: number | undefined; before?: number | undefined }): Promise<number>;
  /** Takes this port without asking who listens there: it is the console's own socat. */
  keep(consoleId: string, port: number): void;
  /** Gives back what the console has. */
  release(consoleId: string): void;
}

/** A pool in which every port is free. */
export function createPortPool(ranges: readonly PortRange[], address: string): PortPool {
  const holders = new Map<number, string>();

  function release(consoleId: string): void {
    for (const [port, holder] of holders) if (holder === consoleId) holders.delete(port);
  }

  /** Held before it is looked who listens there, so that two that look at once do not get the same. */
  async function tryPort(consoleId: string, port: number): Promise<boolean> {
    if (holders.has(port)) return false;
    holders.set(port, consoleId);
    try {
      if (await isPortFree(address, port)) return true;
    } catch (error) {
      holders.delete(port);
      throw error;
    }
    holders.delete(port);
    return false;
  }

  return {
    release,
    keep(consoleId, port) {
      release(consoleId);
      holders.set(port, consoleId);
    },
    async take(consoleId, { fixed, before }) {
      release(consoleId);
      if (fixed !== undefined) {
        const other = holders.has(fixed);
        if (await tryPort(consoleId, fixed)) return fixed;
        throw portTaken(fixed, other ? 'the console of another node' : undefined);
      }
      const inRange = ranges.some(({ from, to }) => before !== undefined && before >= from && before < to);
      if (before !== undefined && inRange && (await tryPort(consoleId, before))) return before;
      for (const port of portsOf(ranges)) if (await tryPort(consoleId, port)) return port;
      throw new MeshError(
        'RESOURCE_EXHAUSTED',
        `Every port of ${ranges.map(formatPortRange).join(', ')} is taken; widen CONSOLEMESH_SOCAT_PORT_RANGE, or end a console.`,
      );
    },
  };
}
