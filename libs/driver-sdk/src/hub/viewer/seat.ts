import type { AttachResponse, Viewer } from '@consolemesh/contracts/stream';
import { MeshError } from '@consolemesh/errors';
import type { StreamCall } from '../../driver.ts';
import type { Control } from '../../relay/client-stream.ts';
import { roles } from '../../words.ts';
import type { Clock } from '../clock.ts';
import { askPen, claimPen, givePen, holderOf, type Pen, type PenStep, takePen } from '../pen/pen.ts';
import type { Size } from '../terminal/open-terminal.ts';
import { createBurstGuard } from './burst-guard.ts';
import type { HubEvent } from './hub-event.ts';
import { createOutlet } from './outlet.ts';

/** What a seat may do with the line that it is at. */
export interface SeatParts {
  readonly client: StreamCall;
  readonly clock: Clock;
  readonly pen: { get(): Pen; apply(step: PenStep): void };
  /** Who has a seat. */
  present(): readonly StreamCall[];
  screen(): { readonly size: Size; readonly picture: Buffer };
  /** Why the line is lost at present. */
  lost(): MeshError | undefined;
  resize(size: Size): void;
  /** Throws MeshError. */
  sendBreak(): Promise<void>;
  /** Resolves when more is wanted; false when the line is not open. */
  write(bytes: Buffer, signal: AbortSignal): Promise<boolean>;
  leave(): void;
}

/** One client's place at a shared line. */
export interface Seat {
  readonly client: StreamCall;
  /** Whether this client writes. */
  readonly hasPen: boolean;
  /** From here on the client gets `opened`, the screen as it is, and everything that happens. */
  begin(viewers: Viewer[]): void;
  /** Tells it something; nothing before `begin`. */
  tell(event: HubEvent): void;
  /** Shows it what the line says; nothing before `begin`. */
  show(bytes: Buffer): void;
  /** Takes input. Resolves when more is wanted: the client waits for the line. */
  type(bytes: Buffer, signal: AbortSignal): Promise<void>;
  control(control: Control): void;
  /** What the client is sent, until `close`. */
  frames(): AsyncGenerator<AttachResponse>;
  /** No more frames after those that wait. */
  close(): void;
  /** Gives the place up. */
  leave(): void;
}

/** A seat that has not begun. */
export function createSeat(parts: SeatParts): Seat {
  const { client, pen } = parts;
  const me = client.sessionId;
  const guard = createBurstGuard(parts.clock.now);
  const outlet = createOutlet(() => parts.screen().picture);
  let begun = false;

  const hasPen = () => holderOf(pen.get()) === me;

  function tell(event: HubEvent): void {
    if (begun) outlet.event(event);
  }

  function mayType(): boolean {
    if (client.role !== 'control' || parts.lost()) return guard.passes(false);
    const free = holderOf(pen.get()) === '';
    if (!guard.passes(free || hasPen())) return false;
    if (free) pen.apply(claimPen(pen.get(), me));
    return true;
  }

  function give(to: string): void {
    const writer = parts.present().some(({ sessionId, role }) => sessionId === to && role === 'control');
    if (writer) pen.apply(givePen(pen.get(), me, to));
  }

  /** Throws why this client may not have a break sent. Whoever breaks while nobody holds the pen gets it, as if they had typed. */
  function requirePen(): void {
    if (client.role !== 'control') throw new MeshError('PERMISSION_DENIED', 'You may only watch.');
    if (!parts.lost()) pen.apply(claimPen(pen.get(), me));
    const holder = holderOf(pen.get());
    if (holder === me || holder === '') return;
    const who = parts.present().find(({ sessionId }) => sessionId === holder)?.subject || 'Somebody else';
    throw new MeshError('PERMISSION_DENIED', `${who} writes: a break needs the pen. Ask for it, or take it.`);
  }

  async function breakLine(): Promise<void> {
    try {
      requirePen();
      await parts.sendBreak();
    } catch (error) {
      const { reason, message } = error instanceof MeshError ? error : new MeshError('INTERNAL');
      tell({ $case: 'refused', value: { reason, message } });
    }
  }

  return {
    client,
    get hasPen() {
      return hasPen();
    },
    begin(viewers) {
      const { size, picture } = parts.screen();
      begun = true;
      outlet.event({
        $case: 'opened',
        value: { sessionId: me, role: roles.number(client.role), viewers, size },
      });
      outlet.data(picture);
      const why = parts.lost();
      if (why) outlet.event({ $case: 'upstreamLost', value: { reason: why.reason, message: why.message } });
    },
    tell,
    show(bytes) {
      if (begun) outlet.data(bytes);
    },
    async type(bytes, signal) {
      if (mayType() && !(await parts.write(bytes, signal))) guard.passes(false);
    },
    control(control) {
      if (control.$case === 'break') return void breakLine();
      if (client.role !== 'control') return;
      switch (control.$case) {
        case 'askPen':
          pen.apply(askPen(pen.get(), me));
          if (hasPen()) guard.forgive();
          return;
        case 'givePen':
          return give(control.value.sessionId);
        case 'takePen':
          guard.forgive();
          return pen.apply(takePen(pen.get(), me));
        case 'resize':
          if (hasPen() && isSize(control.value)) parts.resize(control.value);
      }
    },
    frames: outlet.frames,
    close: outlet.close,
    leave: parts.leave,
  };
}

const isLength = (length: number) => Number.isInteger(length) && length >= 1 && length <= 1000;
const isSize = ({ columns, rows }: Size) => isLength(columns) && isLength(rows);
