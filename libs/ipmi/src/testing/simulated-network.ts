import type { Clock } from '../clock.ts';
import { createFlowTable, type Entry } from '../transport/flow-table.ts';
import type { Transport } from '../transport/transport.ts';
import { seededRandom } from './seeded-random.ts';

/** A machine on a simulated network: takes a packet, answers now or later. */
export type SimulatedHost = (packet: Buffer, from: string, reply: (packet: Buffer) => void) => void;

export interface Weather {
  /** Shares of packets, 0..1. */
  loss: number;
  duplication: number;
  /** Shortest and longest time on the way, ms; order follows from it. */
  delayMs: readonly [number, number];
}

export const FINE_WEATHER: Weather = { loss: 0, duplication: 0, delayMs: [1, 1] };

/** A network in memory, on a clock that tests move. */
export interface SimulatedNetwork {
  readonly transport: Transport;
  /** Changes what happens to packets from now on. */
  weather: Weather;
  /** Sees each packet before it leaves; false = it is lost. */
  filter: (direction: 'toBmc' | 'toConsole', packet: Buffer) => boolean;
  /** Everything that was put on the wire, lost or not. */
  readonly log: { direction: 'toBmc' | 'toConsole'; packet: Buffer }[];
  attach(address: string, port: number, host: SimulatedHost): void;
  detach(address: string, port: number): void;
}

/** All sessions share one socket, so a BMC sees one sender. */
const CONSOLE = '192.0.2.1:50000';

/** @param seed decides about loss, delays and session ids */
export function createSimulatedNetwork(clock: Clock, seed = 1): SimulatedNetwork {
  const random = seededRandom(seed);
  const hosts = new Map<string, SimulatedHost>();
  const table = createFlowTable<Entry>(() => Math.floor(random() * 2 ** 32));
  const key = (address: string, port: number) => `${address}:${port}`;

  function carry(direction: 'toBmc' | 'toConsole', packet: Buffer, arrive: (packet: Buffer) => void): void {
    network.log.push({ direction, packet });
    if (!network.filter(direction, packet)) return;
    const { loss, duplication, delayMs } = network.weather;
    for (let copies = random() < duplication ? 2 : 1; copies > 0; copies--) {
      if (random() < loss) continue;
      const delay = delayMs[0] + random() * (delayMs[1] - delayMs[0]);
      clock.after(delay, () => arrive(Buffer.from(packet)));
    }
  }

  const transport: Transport = {
    resolve: async (host) => host,
    refuses: async (address, port) => !hosts.has(key(address, port)),
    open({ address, port, onPacket }) {
      const entry: Entry = { address, port, sessionId: 0, onPacket };
      table.add(entry);
      let closed = false;
      return {
        get sessionId() {
          return entry.sessionId;
        },
        renew: () => table.renew(entry),
        send(packet) {
          if (closed) return;
          carry('toBmc', packet, (arrived) => {
            hosts.get(key(address, port))?.(arrived, CONSOLE, (answer) =>
              carry('toConsole', answer, (back) => void table.dispatch(back, address, port)),
            );
          });
        },
        [Symbol.dispose]() {
          if (!closed) table.remove(entry);
          closed = true;
        },
      };
    },
    async [Symbol.asyncDispose]() {},
  };

  const network: SimulatedNetwork = {
    transport,
    weather: FINE_WEATHER,
    filter: () => true,
    log: [],
    attach: (address, port, host) => void hosts.set(key(address, port), host),
    detach: (address, port) => void hosts.delete(key(address, port)),
  };
  return network;
}
