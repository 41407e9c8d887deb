import { MeshError } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import type { OpenedLine, StreamCall } from '../driver.ts';
import type { Clock } from './clock.ts';
import { firstSize } from './first-size.ts';
import { keepLine } from './line/keep-line.ts';
import type { LineState } from './line/line-state.ts';
import { writeStream } from './line/line-stream.ts';
import { sendBreakOn } from './line/send-break.ts';
import { claimPen, freePen, leavePen, type PenStep } from './pen/pen.ts';
import { keepScreen } from './screen/keep-screen.ts';
import { createTaps, type LineObserver } from './taps.ts';
import type { Size } from './terminal/open-terminal.ts';
import { type HubEvent, penEvent } from './viewer/hub-event.ts';
import { createSeat, type Seat } from './viewer/seat.ts';
import { viewerOf } from './viewer/viewer-of.ts';

/** What a hub is made of. */
export interface HubParts {
  /** Opens the upstream. Has to respect the signal. Throws MeshError. `lost`: why it is tried again; undefined when somebody needs it anew. */
  open(signal: AbortSignal, lost: MeshError | undefined): Promise<OpenedLine>;
  /** When the line is open: while somebody is attached and a while longer, or from now to the end. */
  readonly hold: 'viewers' | 'always';
  /** That while, ms; 30,000 when absent, so that a page that is loaded again does not drop the line. */
  readonly lingerMs?: number | undefined;
  /** Who the upstream is, for messages. */
  readonly where: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** The line was lost or is back. */
  readonly onLine?: ((state: LineState) => void) | undefined;
}

/** A shared line: one upstream, many viewers, one of whom writes. Everything happens in the order in which it comes. */
export interface Hub extends AsyncDisposable {
  /**
   * Gives a place to a client, which has to leave it. The line is open then, or has been lost and is tried again while others are attached.
   * @throws MeshError BMC_* when it cannot be opened
   */
  join(client: StreamCall, signal: AbortSignal): Promise<Seat>;
  /** Sends a break on behalf of somebody who is not attached; opens the line where it is not. Throws MeshError. */
  sendBreak(signal: AbortSignal): Promise<void>;
  /** Shows a recorder everything. */
  tap(observer: LineObserver): Disposable;
  readonly line: LineState;
  readonly size: Size;
}

/** What a shared line may take. */
export const hubLimits = {
  lingerMs: 30_000,
  screen: { scrollbackRows: 1000, backlogBytes: 256 * 1024, pictureBytes: 1024 * 1024 },
  /** A larger terminal is taken as one of this size. */
  size: { columns: 500, rows: 200 },
};

/** A hub that nobody is attached to. */
export function createHub(parts: HubParts): Hub {
  const { clock, where, hold, logger } = parts;
  const seats = new Set<Seat>();
  const taps = createTaps(clock.now, logger);
  const screen = keepScreen(firstSize, hubLimits.screen);
  /** Who needs the line beside those who have a seat: newcomers, and breaks. */
  let needs = hold === 'always' ? 1 : 0;
  let sizeWasTold = false;
  let pen = freePen;
  /** What everybody has been told to be the reason that the line is lost. */
  let toldLost: string | undefined;

  const line = keepLine({
    open: parts.open,
    where,
    lingerMs: parts.lingerMs ?? hubLimits.lingerMs,
    clock,
    random: parts.random,
    onBytes: (bytes) => {
      const room = screen.room(bytes.length);
      return room ? room.then(() => receive(bytes)) : receive(bytes);
    },
    onState,
  });

  function tell(event: HubEvent): void {
    for (const seat of seats) seat.tell(event);
    taps.event(event);
  }

  function receive(bytes: Buffer): undefined {
    taps.bytes(bytes);
    screen.append(bytes);
    for (const seat of seats) seat.show(bytes);
  }

  function onState(state: LineState): void {
    if (state.kind === 'waiting' || state.kind === 'refused') {
      const { reason, message } = state.why;
      if (toldLost !== reason) tell({ $case: 'upstreamLost', value: { reason, message } });
      toldLost = reason;
    } else if (state.kind === 'open') {
      if (sizeWasTold) tellSize(state.line);
      if (toldLost !== undefined) tell({ $case: 'upstreamRestored', value: {} });
      toldLost = undefined;
    } else if (state.kind === 'idle') {
      toldLost = undefined;
    }
    parts.onLine?.(state);
  }

  /** Waits until the line is open, or until it is clear that it is not going to be at once. */
  const settled = (signal: AbortSignal) =>
    line.until(
      (state) => (state.kind === 'opening' ? state.why !== undefined : state.kind !== 'idle'),
      signal,
    );

  async function needed<T>(work: () => Promise<T>): Promise<T> {
    needs += 1;
    line.need(true);
    try {
      return await work();
    } finally {
      needs -= 1;
      line.need(needs + seats.size > 0);
    }
  }

  /** Throws why a newcomer cannot have the line; one that is tried again is good enough where others wait for it too. */
  function requireLine(state: LineState): void {
    if (state.kind === 'ended') throw new MeshError('CONSOLE_DISABLED');
    if (state.kind === 'refused') throw state.why;
    const othersWait = seats.size > 0 || hold === 'always';
    if ((state.kind === 'waiting' || state.kind === 'opening') && state.why && !othersWait) throw state.why;
  }

  function applyPen({ pen: next, notice }: PenStep): void {
    pen = next;
    if (notice) tell(penEvent(notice));
  }

  /** A machine that does not learn its size is still worth talking to. */
  function tellSize({ resize }: OpenedLine): void {
    try {
      resize?.(screen.size.columns, screen.size.rows);
    } catch (error) {
      logger.warn({ err: error }, 'a serial line was not told its size');
    }
  }

  function resize(wanted: Size): void {
    const columns = Math.max(2, Math.min(wanted.columns, hubLimits.size.columns));
    const rows = Math.max(2, Math.min(wanted.rows, hubLimits.size.rows));
    sizeWasTold = true;
    if (columns === screen.size.columns && rows === screen.size.rows) return;
    screen.resize({ columns, rows });
    if (line.state.kind === 'open') tellSize(line.state.line);
    tell({ $case: 'resized', value: { size: { columns, rows } } });
  }

  async function sendBreak(): Promise<void> {
    await sendBreakOn(line.state, where, clock);
    taps.event({ $case: 'break' });
  }

  function seatFor(client: StreamCall): Seat {
    const seat = createSeat({
      client,
      clock,
      pen: { get: () => pen, apply: applyPen },
      present: () => [...seats].map((other) => other.client),
      screen: () => ({ size: screen.size, picture: screen.picture() }),
      lost: () => ('why' in line.state ? line.state.why : undefined),
      resize,
      async sendBreak() {
        try {
          await sendBreak();
        } catch (error) {
          logger.warn({ err: error }, 'a break was not sent');
          throw error;
        }
      },
      write: async (bytes, signal) =>
        line.state.kind === 'open' && (await writeStream(line.state.line.stream, bytes, signal)),
      leave() {
        if (!seats.delete(seat)) return;
        taps.event({ $case: 'left', value: { sessionId: client.sessionId } });
        applyPen(leavePen(pen, client.sessionId));
        screen.unwatch();
        line.need(needs + seats.size > 0);
      },
    });
    return seat;
  }

  line.need(needs > 0);
  return {
    get line() {
      return line.state;
    },
    get size() {
      return screen.size;
    },
    join: (client, signal) =>
      needed(async () => {
        await screen.watch();
        try {
          requireLine(await settled(signal));
        } catch (error) {
          screen.unwatch();
          throw error;
        }
        const seat = seatFor(client);
        seats.add(seat);
        // Nobody has to be told of the pen: who joins is announced with it.
        if (client.role === 'control') ({ pen } = claimPen(pen, client.sessionId));
        if (seat.hasPen && client.size) resize(client.size);
        taps.event({ $case: 'joined', value: { viewer: viewerOf(seat) } });
        return seat;
      }),
    sendBreak: (signal) =>
      needed(async () => {
        await settled(signal);
        await sendBreak();
      }),
    tap: taps.add,
    async [Symbol.asyncDispose]() {
      await line.close();
    },
  };
}
