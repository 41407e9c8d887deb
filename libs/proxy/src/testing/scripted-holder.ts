import {
  type AttachControl,
  type AttachEvent,
  type AttachOpen,
  type AttachRequest,
  type AttachResponse,
  type Opened,
  StreamServiceDefinition,
} from '@consolemesh/contracts/stream';
import type { Endpoint } from '@consolemesh/contracts/types';
import { bind, plaintext, serve, silentLogger } from '@consolemesh/mesh';

type Notice = NonNullable<AttachEvent['event']>;

/** A holder of streams whose every word a test writes. */
export interface ScriptedHolder extends AsyncDisposable {
  readonly target: string;
  readonly endpoint: Endpoint;
  /** The next client that has attached and was told that its stream stands. */
  next(): Promise<HeldClient>;
}

/** A client of it. */
export interface HeldClient {
  readonly open: AttachOpen;
  say(bytes: Buffer | string): void;
  tell(notice: Notice): void;
  /** Ends the stream with a reason; the client gets what was said before. */
  close(reason: string, message?: string): void;
  /** Exactly so many bytes of what the client typed. */
  typed(count: number): Promise<Buffer>;
  /** The next control. */
  control(): Promise<NonNullable<AttachControl['control']>>;
  /** Resolves when the client has left. */
  readonly left: Promise<void>;
  /** Reads nothing from the client while true. */
  deaf: boolean;
}

/** Starts one on a loopback port; `scene` says what a client is told first. */
export async function startScriptedHolder(
  scene: (open: AttachOpen) => Partial<Opened> = () => ({}),
): Promise<ScriptedHolder> {
  const clients: HeldClient[] = [];
  const waiting: ((client: HeldClient) => void)[] = [];

  async function* attach(
    requests: AsyncIterable<AttachRequest>,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<AttachResponse> {
    const frames = requests[Symbol.asyncIterator]();
    const first = (await frames.next()).value?.frame;
    if (first?.$case !== 'open') throw new Error('the first frame is not `open`');
    const open = first.value;
    const opened: Opened = { sessionId: 'me', role: open.role, viewers: [], size: undefined, ...scene(open) };
    const out: AttachResponse[] = [notice({ $case: 'opened', value: opened })];
    let wake = () => {};
    let over = false;
    const put = (response: AttachResponse) => {
      out.push(response);
      wake();
    };
    const client = heldClient(open, frames, put, () => {
      over = true;
      wake();
    });
    signal.addEventListener('abort', () => {
      over = true;
      wake();
    });
    const next = waiting.shift();
    if (next) next(client);
    else clients.push(client);
    for (;;) {
      const response = out.shift();
      if (response) yield response;
      else if (over) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  const server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    services: [bind(StreamServiceDefinition, { attach })],
    drainMs: 100,
  });
  return {
    target: server.target,
    endpoint: {
      audience: 1,
      transport: { $case: 'relay', value: { target: server.target, unverifiedTls: false } },
      maxSessions: 32,
      rfb: undefined,
    },
    next() {
      const client = clients.shift();
      return client ? Promise.resolve(client) : new Promise((resolve) => waiting.push(resolve));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function heldClient(
  open: AttachOpen,
  frames: AsyncIterator<AttachRequest>,
  put: (response: AttachResponse) => void,
  end: () => void,
): HeldClient {
  let chunks: Buffer[] = [];
  let length = 0;
  const controls: NonNullable<AttachControl['control']>[] = [];
  const watchers = new Set<() => void>();
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let deaf = false;
  const changed = () => {
    for (const wake of [...watchers]) wake();
  };
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const wake = () => {
          watchers.delete(wake);
          resolve();
        };
        watchers.add(wake);
      });
    }
  };
  const read = async () => {
    for (;;) {
      await until(() => (deaf ? undefined : true));
      const { done, value } = await frames.next();
      if (done) return;
      if (value.frame?.$case === 'data') {
        chunks.push(value.frame.value);
        length += value.frame.value.length;
      }
      if (value.frame?.$case === 'control' && value.frame.value.control)
        controls.push(value.frame.value.control);
      changed();
    }
  };
  read().then(leave, leave);
  return {
    open,
    say: (text) => put({ frame: { $case: 'data', value: Buffer.from(text) } }),
    tell: (event) => put(notice(event)),
    close(reason, message = '') {
      put(notice({ $case: 'closing', value: { reason, message } }));
      end();
    },
    typed: (count) =>
      until(() => {
        if (length < count) return undefined;
        const all = Buffer.concat(chunks);
        chunks = [all.subarray(count)];
        length -= count;
        return all.subarray(0, count);
      }),
    control: () => until(() => controls.shift()),
    left,
    get deaf() {
      return deaf;
    },
    set deaf(value) {
      deaf = value;
      changed();
    },
  };
}

function notice(event: Notice): AttachResponse {
  return { frame: { $case: 'event', value: { event } } };
}
