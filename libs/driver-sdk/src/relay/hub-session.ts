import type { AttachRequest } from '@consolemesh/contracts/stream';
import { MeshError, type Reason } from '@consolemesh/errors';
import { bmcError } from '../bmc-error.ts';
import type { StreamCall } from '../driver.ts';
import type { Seat } from '../hub/viewer/seat.ts';
import { maxFrameBytes } from './outbox.ts';
import type { RelaySession } from './relay-session.ts';
import type { SharedLine } from './relayed-console.ts';

/** How long a client waits for the line to be opened, ms. */
const connectTimeoutMs = 25_000;

/** A client of a shared line that has no seat yet. */
export function hubSession(console: SharedLine, client: StreamCall): RelaySession {
  const life = new AbortController();
  let seat: Seat | undefined;
  let closing: { reason: Reason; message: string } | undefined;
  let concluded = false;
  let finish = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });

  /** Leaves the line; the client is told why, unless it went by itself. */
  function conclude(): void {
    if (concluded) return;
    concluded = true;
    life.abort();
    seat?.leave();
    if (closing) seat?.tell({ $case: 'closing', value: closing });
    seat?.close();
    finish();
  }

  async function listen(requests: AsyncIterator<AttachRequest>, mySeat: Seat): Promise<void> {
    try {
      await obey(requests, mySeat, life.signal);
    } catch (error) {
      // Anything else is a client whose connection has ended.
      if (error instanceof MeshError) closing ??= { reason: error.reason, message: error.message };
    }
    conclude();
  }

  return {
    client,
    get hasPen() {
      return seat?.hasPen ?? false;
    },
    ended,
    async connect(signal) {
      const timeout = AbortSignal.timeout(connectTimeoutMs);
      try {
        seat = await console.hub.join(client, AbortSignal.any([signal, life.signal, timeout]));
      } catch (error) {
        if (closing) throw new MeshError(closing.reason, closing.message);
        if (timeout.aborted) throw new MeshError('BMC_TIMEOUT', `${console.where} did not answer in time.`);
        throw bmcError(error, console.where);
      }
      if (!concluded) return;
      seat.leave();
      throw closing ? new MeshError(closing.reason, closing.message) : new MeshError('CANCELLED');
    },
    async *run(requests, viewers, signal) {
      const mySeat = seat;
      if (!mySeat) throw new Error('run before connect');
      mySeat.begin(viewers);
      signal.addEventListener('abort', conclude, { once: true });
      if (signal.aborted) conclude();
      void listen(requests, mySeat);
      try {
        yield* mySeat.frames();
      } finally {
        signal.removeEventListener('abort', conclude);
        conclude();
      }
    },
    notify: (event) => seat?.tell(event),
    async end(reason, message = new MeshError(reason).message) {
      closing ??= { reason, message };
      conclude();
    },
  };
}

/** Does what a client asks for, one after the other, until it has left. Throws MeshError when it does what the contract does not allow. */
async function obey(requests: AsyncIterator<AttachRequest>, seat: Seat, signal: AbortSignal): Promise<void> {
  while (true) {
    const { done, value } = await requests.next();
    if (done || signal.aborted) return;
    const { frame } = value;
    if (frame?.$case === 'open') throw new MeshError('PROTOCOL_VIOLATION', 'The stream was opened twice.');
    if (frame?.$case === 'control' && frame.value.control) seat.control(frame.value.control);
    if (frame?.$case !== 'data') continue;
    if (frame.value.length > maxFrameBytes) {
      const message = `A data frame holds at most ${maxFrameBytes} bytes, not ${frame.value.length}.`;
      throw new MeshError('MESSAGE_TOO_LARGE', message);
    }
    if (frame.value.length > 0) await seat.type(frame.value, signal);
  }
}
