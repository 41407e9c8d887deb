import { BadValue } from '@consolemesh/config';

/** Ports from `from` to before `to`. */
export interface PortRange {
  readonly from: number;
  /** The first port that does not belong to it, as in Ironic's `port_range`. */
  readonly to: number;
}

/** Reads one segment, `10000:10100`: the ports 10000 to 10099. @throws BadValue */
export function parsePortRange(text: string): PortRange {
  const match = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (!(from >= 1 && to <= 65_536)) throw new BadValue();
  if (from >= to) throw new BadValue(`a segment begins below its end; ${text} holds no port`);
  return { from, to };
}

/** How a segment is written. */
export function formatPortRange({ from, to }: PortRange): string {
  return `${from}:${to}`;
}

/** Every port of the segments, once, in their order. */
export function* portsOf(ranges: readonly PortRange[]): Generator<number> {
  const seen = new Set<number>();
  for (const { from, to } of ranges) {
    for (let port = from; port < to; port += 1) {
      if (!seen.has(port)) yield port;
      seen.add(port);
    }
  }
}
