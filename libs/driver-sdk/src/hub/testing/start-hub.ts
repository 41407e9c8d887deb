import type { Duplex } from 'node:stream';
import { duplexPair } from '@consolemesh/bytes/testing';
import type { AttachEvent, AttachResponse } from '@consolemesh/contracts/stream';
import { silentLogger } from '@consolemesh/mesh';
import type { OpenedLine, StreamCall } from '../../driver.ts';
import { createHub, type HubParts } from '../hub.ts';
import type { Seat } from '../viewer/seat.ts';
import { viewerOf } from '../viewer/viewer-of.ts';
import { manualClock } from './manual-clock.ts';

type Event = NonNullable<AttachEvent['event']>;

/** A hub whose machine is the test itself, on a clock that stands still. */
export function startHub(parts: Partial<HubParts> = {}) {
  const clock = manualClock();
  const machines: Duplex[] = [];
  const typed: Buffer[] = [];
  const sizes: string[] = [];
  let breaks = 0;

  async function open(): Promise<OpenedLine> {
    const [ours, theirs] = duplexPair();
    machines.push(theirs);
    theirs.on('data', (bytes: Buffer) => typed.push(bytes)).on('error', () => {});
    return {
      stream: ours,
      resize: (columns, rows) => sizes.push(`${columns}x${rows}`),
      sendBreak: async () => {
        breaks += 1;
      },
    };
  }

  const hub = createHub({
    open,
    hold: 'viewers',
    where: 'bmc1',
    logger: silentLogger,
    clock,
    random: () => 0.5,
    ...parts,
  });
  const seats: Seat[] = [];
  return {
    hub,
    clock,
    open,
    machines,
    sizes,
    breaks: () => breaks,
    typed: () => Buffer.concat(typed).toString(),
    /** The line says something. */
    say: (text: string | Buffer) => machines.at(-1)!.write(text),
    /** Attaches a viewer that reads at once, unless it is told not to. */
    async attach(who: string, options: Partial<StreamCall> & { reads?: boolean } = {}) {
      const { reads = true, ...call } = options;
      const client = { sessionId: who, subject: who, role: 'control' as const, ...call };
      const seat = await hub.join(client, AbortSignal.timeout(10_000));
      seats.push(seat);
      seat.begin(seats.map(viewerOf));
      return viewerAt(seat, reads);
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

/** What a viewer has got so far, and what it does. */
function viewerAt(seat: Seat, reads: boolean) {
  const events: Event[] = [];
  const data: Buffer[] = [];
  const frames = seat.frames();
  function take({ frame }: AttachResponse): void {
    if (frame?.$case === 'data') data.push(frame.value);
    if (frame?.$case === 'event' && frame.value.event) events.push(frame.value.event);
  }
  async function read(): Promise<void> {
    for await (const frame of frames) take(frame);
  }
  if (reads) void read();
  return {
    seat,
    read,
    /** Reads one frame, for those that do not read by themselves. */
    async readOne() {
      const { value } = await frames.next();
      if (value) take(value);
    },
    text: () => Buffer.concat(data).toString(),
    bytes: () => Buffer.concat(data),
    events: () => events,
    /** Notices of one kind, newest last. */
    said: <C extends Event['$case']>($case: C) =>
      events.filter((event) => event.$case === $case).map(({ value }) => value) as Extract<
        Event,
        { $case: C }
      >['value'][],
    type: (text: string) => seat.type(Buffer.from(text), AbortSignal.timeout(10_000)),
    leave() {
      seat.leave();
      seat.close();
    },
  };
}
