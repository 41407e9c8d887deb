import WebSocket, { type ClientOptions } from 'ws';

/** A client made of the `ws` library: an implementation that is not ours judges what we send. */
export interface TestClient extends Disposable {
  readonly socket: WebSocket;
  send(message: object): void;
  sendBytes(bytes: Buffer): void;
  /** The next control message. */
  message<T = Record<string, unknown>>(): Promise<T>;
  /** Console bytes, exactly so many. */
  bytes(count: number): Promise<Buffer>;
  /** Code and reason of the close frame. */
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Connects and waits until it is open. */
export async function connectWebSocket(
  url: string,
  options: ClientOptions & { protocols?: string[] } = {},
): Promise<TestClient> {
  const { protocols = ['consolemesh.v1'], ...rest } = options;
  const socket = new WebSocket(url, protocols, {
    origin: new URL(url.replace(/^ws/, 'http')).origin,
    ...rest,
  });
  const messages: unknown[] = [];
  const chunks: Buffer[] = [];
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (binary) chunks.push(data);
    else messages.push(JSON.parse(data.toString()));
    notify();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
      notify();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  const until = async <T>(find: () => T | undefined, what: string): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (socket.readyState === WebSocket.CLOSED) throw new Error(`closed while waiting for ${what}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    socket,
    send: (message) => socket.send(JSON.stringify(message)),
    sendBytes: (bytes) => socket.send(bytes),
    message: <T>() => until(() => messages.shift() as T | undefined, 'a message'),
    bytes: (count) =>
      until(() => {
        if (chunks.reduce((sum, { length }) => sum + length, 0) < count) return undefined;
        const all = Buffer.concat(chunks.splice(0));
        if (all.length > count) chunks.push(all.subarray(count));
        return all.subarray(0, count);
      }, `${count} bytes`),
    closed,
    [Symbol.dispose]: () => socket.terminate(),
  };
}
