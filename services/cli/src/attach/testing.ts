import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createFrameReader, encodeFrames, frameType, longestPayload } from '@consolemesh/proxy/line-frames';
import type { Person } from './messages.ts';

/** A client at the line door of a test. */
export interface DoorClient {
  /** Its first line. */
  readonly line: string;
  readonly socket: Socket;
  /** Everything that it has typed so far. */
  typed(): string;
  readonly said: Record<string, unknown>[];
  say(text: string): void;
  tell(message: object): void;
}

/** A line door that a test answers for: each connection is opened unless `refuse` says why not. */
export async function startFakeDoor(
  refuse: (line: string) => string | undefined = () => undefined,
  others: readonly Person[] = [],
) {
  const clients: DoorClient[] = [];
  const waiting: ((client: DoorClient) => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    void serve(socket);
  });

  async function serve(socket: Socket): Promise<void> {
    const [first] = (await once(socket, 'data')) as [Buffer];
    const end = first.indexOf(10);
    const line = first.toString('utf8', 0, end);
    const refusal = refuse(line);
    if (refusal !== undefined) return void socket.end(`consolemesh/1 refused ${refusal}\n`);
    const typed: Buffer[] = [];
    const client: DoorClient = {
      line,
      socket,
      said: [],
      typed: () => Buffer.concat(typed).toString(),
      say: (text) => void socket.write(encodeFrames(frameType.data, Buffer.from(text))),
      tell: (message) =>
        void socket.write(encodeFrames(frameType.control, Buffer.from(JSON.stringify(message)))),
    };
    const reader = createFrameReader(
      {
        data: (bytes) => typed.push(Buffer.from(bytes)) > 0,
        control: (text) => client.said.push(JSON.parse(text)),
        tooLong: () => {},
      },
      longestPayload,
    );
    socket.on('data', (chunk: Buffer) => void reader.push(chunk));
    reader.push(first.subarray(end + 1));
    const role = line.includes('role=view') ? 'view' : 'control';
    socket.write(`consolemesh/1 opened session=me role=${role} node=n1\n`);
    const pen = role === 'control' && !others.some((other) => other.pen);
    const me = { session: 'me', subject: 'user/ada', role, pen };
    const opened = { type: 'opened', session: 'me', node: 'n1', role, viewers: [me, ...others] };
    client.tell({ ...opened, resume: `ticket-${clients.length}` });
    clients.push(client);
    waiting.shift()?.(client);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  let seen = 0;
  return {
    address: `127.0.0.1:${port}`,
    /** The next client that was let in. */
    next(): Promise<DoorClient> {
      const client = clients[seen];
      seen += 1;
      return client ? Promise.resolve(client) : new Promise((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
