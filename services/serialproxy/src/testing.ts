import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AttachOpen, Opened } from '@consolemesh/contracts/stream';
import {
  type HeldClient,
  type ProxyBench,
  type ScriptedHolder,
  startProxyBench,
  startScriptedHolder,
  type TestClient,
  type Wish,
} from '@consolemesh/proxy/testing';
import { type Serialproxy, type SerialproxyOptions, startSerialproxy } from './start.ts';

/** A proxy, the fakes around it, and a holder of lines that a test scripts. */
export interface Bench extends ProxyBench<Serialproxy> {
  readonly holder: ScriptedHolder;
  /** A token for a serial console. */
  issue(wish?: Partial<Wish>): string;
  /** Connects a page and opens the console. */
  opened(
    wish?: Partial<Wish>,
    fields?: object,
  ): Promise<{ page: TestClient; info: Record<string, unknown>; line: HeldClient }>;
  /** Connects to the line door and says the first line. */
  line(first: string): Promise<LineClient>;
}

/** Starts one. */
export async function startBench(
  options: Partial<SerialproxyOptions> & { scene?: (open: AttachOpen) => Partial<Opened> } = {},
): Promise<Bench> {
  const { scene, ...rest } = options;
  const holder = await startScriptedHolder(scene);
  const line = { listen: { host: '127.0.0.1', port: 0 }, tls: undefined };
  const bench = await startProxyBench(startSerialproxy, holder.endpoint, { line, ...rest });
  const issue: Bench['issue'] = (wish) => bench.tokens.issue({ kind: 'serial', ...wish });
  return {
    ...bench,
    holder,
    issue,
    async opened(wish, fields) {
      const page = await bench.page();
      page.send({ type: 'open', token: issue(wish), ...fields });
      const info = await page.message();
      if (info.type !== 'opened') throw new Error(`not opened: ${JSON.stringify(info)}`);
      return { page, info, line: await holder.next() };
    },
    async line(first) {
      const port = Number(bench.proxy.lineAddress?.split(':').at(-1));
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(first);
      return lineClient(socket);
    },
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await holder[Symbol.asyncDispose]();
    },
  };
}

/** A program at the line door. */
export interface LineClient {
  readonly socket: Socket;
  /** The next line, without its end. */
  text(): Promise<string>;
  bytes(count: number): Promise<Buffer>;
  /** Everything up to the end of the connection. */
  rest(): Promise<Buffer>;
}

function lineClient(socket: Socket): LineClient {
  const until = async (found: (all: Buffer) => number | undefined): Promise<Buffer> => {
    let all = Buffer.alloc(0);
    for (;;) {
      const count = found(all);
      if (count !== undefined) {
        if (all.length > count) socket.unshift(all.subarray(count));
        return all.subarray(0, count);
      }
      all = Buffer.concat([all, await chunk(socket)]);
    }
  };
  return {
    socket,
    text: async () =>
      (await until((all) => (all.includes(10) ? all.indexOf(10) + 1 : undefined))).toString().trimEnd(),
    bytes: (count) => until((all) => (all.length >= count ? count : undefined)),
    async rest() {
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part as Buffer);
      return Buffer.concat(parts);
    },
  };
}

async function chunk(stream: Duplex): Promise<Buffer> {
  for (;;) {
    const some = stream.read() as Buffer | null;
    if (some) return some;
    if (stream.readableEnded || stream.destroyed) throw new Error('the connection ended');
    await Promise.race([once(stream, 'readable'), once(stream, 'end'), once(stream, 'close')]);
  }
}
