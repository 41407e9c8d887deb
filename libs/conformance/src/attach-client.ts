import assert from 'node:assert/strict';
import type {
  AttachControl,
  AttachEvent,
  AttachRequest,
  AttachResponse,
  StreamServiceClient,
} from '@consolemesh/contracts/stream';
import type { Role } from '@consolemesh/contracts/types';

type Event = NonNullable<AttachEvent['event']>;
type EventOf<C extends Event['$case']> = Extract<Event, { $case: C }>['value'];

/** One client of stream.v1 Attach, written without the libraries that the other side may be made of. */
export interface AttachClient extends AsyncDisposable {
  send(data: Buffer): void;
  control(control: NonNullable<AttachControl['control']>): void;
  /** Exactly so many bytes of the console's data. */
  read(bytes: number): Promise<Buffer>;
  /** Reads until the data holds this text; answers everything up to its end. */
  readUntil(text: string): Promise<Buffer>;
  /** The next notice of this kind; others before it are dropped. */
  event<C extends Event['$case']>(kind: C): Promise<EventOf<C>>;
  /** Notices in the order in which they came. */
  readonly events: readonly Event['$case'][];
  /** Resolves when the stream has ended; rejects with the error that it ended with. */
  readonly ended: Promise<void>;
  /** Largest data frame that came. */
  largestFrame(): number;
  /** Bytes of data that came. */
  received(): number;
  /** Takes nothing from the transport any more, until it is called with false. */
  pause(paused: boolean): void;
}

/** Longest wait for anything, ms. */
const patienceMs = 10_000;

/** Attaches with a ticket. Nothing is awaited: a refusal shows in `ended` and in the first read. */
export function attachClient(
  client: Pick<StreamServiceClient, 'attach'>,
  open: { ticket: Buffer; role?: Role; size?: { columns: number; rows: number } },
): AttachClient {
  const { role = 0, ticket, size } = open;
  return attachWith(client, { frame: { $case: 'open', value: { ticket, role, size } } });
}

/** The same with any first frame. */
export function attachWith(client: Pick<StreamServiceClient, 'attach'>, first: AttachRequest): AttachClient {
  const outgoing: AttachRequest[] = [first];
  const abort = new AbortController();
  const events: Event[] = [];
  const order: Event['$case'][] = [];
  let data = Buffer.alloc(0);
  let largest = 0;
  let received = 0;
  let resumed = Promise.resolve();
  let resume = () => {};
  let over = false;
  let failure: unknown;
  let wakeSender = () => {};
  let wakeReaders: (() => void)[] = [];

  async function* requests(): AsyncGenerator<AttachRequest> {
    while (!over) {
      const next = outgoing.shift();
      if (next) yield next;
      else await new Promise<void>((resolve) => (wakeSender = resolve));
    }
  }

  function receive({ frame }: AttachResponse): void {
    if (frame?.$case === 'data') {
      largest = Math.max(largest, frame.value.length);
      received += frame.value.length;
      data = Buffer.concat([data, frame.value]);
    } else if (frame?.$case === 'event' && frame.value.event) {
      events.push(frame.value.event);
      order.push(frame.value.event.$case);
    }
    wake();
  }

  function wake(): void {
    for (const reader of wakeReaders) reader();
    wakeReaders = [];
  }

  async function run(): Promise<void> {
    try {
      for await (const response of client.attach(requests(), { signal: abort.signal })) {
        receive(response as AttachResponse);
        await resumed;
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      over = true;
      wake();
      wakeSender();
    }
  }
  const ended = run();
  ended.catch(() => {});

  async function until<T>(look: () => T | undefined, what: string): Promise<T> {
    const deadline = Date.now() + patienceMs;
    while (true) {
      const found = look();
      if (found !== undefined) return found;
      if (failure) throw failure;
      assert(
        !over,
        `the stream ended before ${what} came; it sent ${order.join(', ')} and ${data.length} bytes`,
      );
      const left = deadline - Date.now();
      assert(left > 0, `${what} did not come within ${patienceMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wakeReaders.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  function take(bytes: number): Buffer {
    const taken = data.subarray(0, bytes);
    data = data.subarray(bytes);
    return taken;
  }

  const push = (request: AttachRequest) => {
    outgoing.push(request);
    wakeSender();
  };
  return {
    ended,
    events: order,
    largestFrame: () => largest,
    received: () => received,
    pause(paused) {
      resume();
      if (paused) {
        resumed = new Promise((resolve) => {
          resume = resolve;
        });
      }
    },
    send: (bytes) => push({ frame: { $case: 'data', value: bytes } }),
    control: (control) => push({ frame: { $case: 'control', value: { control } } }),
    read: (bytes) => until(() => (data.length >= bytes ? take(bytes) : undefined), `${bytes} bytes`),
    readUntil: (text) =>
      until(() => {
        const at = data.indexOf(text);
        return at < 0 ? undefined : take(at + Buffer.byteLength(text));
      }, JSON.stringify(text)),
    event: (kind) =>
      until(() => {
        const at = events.findIndex((event) => event.$case === kind);
        return at < 0 ? undefined : (events.splice(0, at + 1).at(-1)!.value as EventOf<typeof kind>);
      }, `the notice ${kind}`),
    async [Symbol.asyncDispose]() {
      over = true;
      wakeSender();
      resume();
      abort.abort();
      await ended.catch(() => {});
    },
  };
}

/**
 * The viewer's half of an RFB 3.8 handshake with security None, by the letter (RFC 6143 section 7.1 to 7.3); answers ServerInit's name.
 * Fails when the holder asks for anything else.
 */
export async function rfbHandshake(
  client: AttachClient,
): Promise<{ width: number; height: number; name: string }> {
  const banner = await client.read(12);
  assert.equal(
    banner.toString('latin1'),
    'RFB 003.008\n',
    'a graphical stream begins with the banner of RFB 3.8',
  );
  client.send(banner);
  const count = (await client.read(1)).readUInt8(0);
  const types = [...(await client.read(count))];
  assert(types.includes(1), `expected security None among ${types.join(', ')}`);
  client.send(Buffer.of(1));
  assert.equal((await client.read(4)).readUInt32BE(0), 0, 'security None always succeeds');
  client.send(Buffer.of(1));
  const init = await client.read(24);
  const name = await client.read(init.readUInt32BE(20));
  return { width: init.readUInt16BE(0), height: init.readUInt16BE(2), name: name.toString('utf8') };
}

/** Asks for the whole screen in encoding Raw and reads the first update's header: proof that the machine draws. */
export async function requestScreen(
  client: AttachClient,
  size: { width: number; height: number },
): Promise<void> {
  client.send(Buffer.from([2, 0, 0, 1, 0, 0, 0, 0]));
  const request = Buffer.alloc(10);
  request.writeUInt8(3, 0);
  request.writeUInt16BE(size.width, 6);
  request.writeUInt16BE(size.height, 8);
  client.send(request);
  assert.equal((await client.read(1)).readUInt8(0), 0, 'expected FramebufferUpdate');
}
