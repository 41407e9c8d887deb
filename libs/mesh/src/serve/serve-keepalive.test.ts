import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { expect, it } from 'vitest';
import { connect } from '../calls/connect.ts';
import { silentLogger } from '../log/logger.ts';
import { plaintext } from '../trust/credentials.ts';
import { bind, serve } from './serve.ts';

/** A cable that can stop carrying anything, while both ends take it for connected. */
async function openCable(port: number) {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connectSocket(port, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('ends the streams of a client that is gone without a word', { timeout: 60_000 }, async () => {
  let begun = () => {};
  const opened = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let over = () => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  await using server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 200,
    keepalive: { timeMs: 100, timeoutMs: 300 },
    services: [
      bind(TokenServiceDefinition, {
        async *watchRevocations(_: unknown, { signal }: { signal: AbortSignal }) {
          signal.addEventListener('abort', over, { once: true });
          begun();
          yield {};
          await ended;
        },
      } as never),
    ],
  });
  await using cable = await openCable(server.port);
  using connection = connect(cable.target, { trust: plaintext });
  const given = new AbortController();
  const stream = connection.client(TokenServiceDefinition).watchRevocations({}, { signal: given.signal });
  const reading = (async () => {
    for await (const _ of stream);
  })().catch(() => {});
  await opened;
  cable.freeze();
  await ended;
  expect(given.signal.aborted).toBe(false);
  given.abort();
  await reading;
});

it('is disposed of although a client does not say that it has gone', { timeout: 60_000 }, async () => {
  await using server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 200,
    services: [bind(TokenServiceDefinition, { listTokens: async () => ({ tokens: [] }) } as never)],
  });
  await using cable = await openCable(server.port);
  using connection = connect(cable.target, { trust: plaintext });
  await connection.client(TokenServiceDefinition).listTokens({});
  cable.freeze();
  await server[Symbol.asyncDispose]();
  using late = connect(server.target, { trust: plaintext });
  await expect(late.ready(200)).rejects.toThrow('does not answer');
});
