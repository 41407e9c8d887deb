import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { asError, ask, clientOf, GET } from './testing/ask.ts';
import { startDeaf } from './testing/start-deaf.ts';
import { startHttps, startTcp, type TestServer } from './testing/start-server.ts';

describe('an HTTP client and peers that hang', () => {
  const deadlineMs = 150;
  const silent = (_socket: unknown) => {};
  const dribble: RequestListener = (_request, response) => {
    const timer = setInterval(() => response.write('.'), 5);
    response.once('close', () => clearInterval(timer));
  };
  const half: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half');
  };
  const hanging: [string, () => Promise<{ host: string; port: number } & AsyncDisposable>, RegExp][] = [
    ['does not take the connection', startDeaf, /waiting for the connection$/],
    ['says nothing in the TLS handshake', () => startTcp(silent), /waiting for the TLS handshake$/],
    ['does not answer', () => startHttps(silent), /waiting for the server's answer$/],
    [
      'stops within the body',
      () => startHttps(half),
      /rest of the server's answer \(4 bytes of its body came\)$/,
    ],
    ['sends its body byte by byte', () => startHttps(dribble), /rest of the server's answer \(\d+ bytes/],
  ];
  it.concurrent.each(hanging)('gives up at the deadline when a server %s', async (_what, start, text) => {
    await using server = await start();
    // Long enough for everything before that on a busy machine.
    const error = await ask(server as TestServer, {}, { deadlineMs: 3_000 });
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringMatching(text) });
  });
  it.each(hanging)('ends what is in flight when it is disposed while a server %s', async (_what, start) => {
    await using server = await start();
    const client = clientOf(server as TestServer);
    const results = [client.request(GET), client.request(GET)].map((r) => r.catch(asError));
    await client[Symbol.asyncDispose]();
    for (const result of await Promise.all(results)) expect(result).toMatchObject({ code: 'ABORTED' });
    await expect(client.request(GET)).rejects.toMatchObject({ code: 'ABORTED' });
  });
  it.each(hanging)("ends at the caller's signal while a server %s", async (_what, start) => {
    await using server = await start();
    const stop = new AbortController();
    const result = ask(server as TestServer, {}, { signal: stop.signal });
    setImmediate(() => stop.abort());
    expect(await result).toMatchObject({ code: 'ABORTED' });
    expect(await ask(server as TestServer, {}, { signal: stop.signal })).toMatchObject({ code: 'ABORTED' });
  });

  it('gives the next request a connection of its own after one that timed out', async () => {
    await using server = await startHttps((request, response) => {
      if (request.url !== '/slow') response.end(request.url);
    });
    await using client = clientOf(server);
    const slow = client.request({ method: 'GET', path: '/slow', deadlineMs }).catch(asError);
    const next = client.request({ method: 'GET', path: '/next' });
    expect(await slow).toMatchObject({ code: 'TIMEOUT' });
    expect((await next).body.toString()).toBe('/next');
    expect(server.connections).toBe(2);
  });

  it('gives the next request a connection of its own after one that never came about', async () => {
    let silentTurns = 1;
    await using inner = await startHttps((request, response) => response.end(request.url));
    await using server = await startTcp((socket) => {
      if (silentTurns-- <= 0) socket.pipe(connect(inner.port, inner.host).on('error', () => {})).pipe(socket);
    });
    await using client = clientOf(server);
    const first = client.request({ method: 'GET', path: '/first', deadlineMs }).catch(asError);
    const next = client.request({ method: 'GET', path: '/next' });
    expect(await first).toMatchObject({ code: 'TIMEOUT' });
    expect((await next).body.toString()).toBe('/next');
  });

  it('lets no more than a hundred requests wait, and the others once there is room', async () => {
    const held: (() => void)[] = [];
    await using server = await startHttps((request, response) => {
      const answer = () => response.end(request.url);
      if (request.url === '/first') held.push(answer);
      else answer();
    });
    await using client = clientOf(server);
    const get = (path: string) => client.request({ method: 'GET', path }).then(({ body }) => body.toString());
    const [first, ...waiting] = ['/first', ...Array.from({ length: 100 }, (_none, n) => `/${n}`)].map(get);
    for (let more = 0; more < 3; more++)
      await expect(get('/more')).rejects.toMatchObject({
        name: 'HttpError',
        code: 'TIMEOUT',
        message: expect.stringMatching(/^100 requests to this server wait already; this one was not sent/),
      });
    await vi.waitUntil(() => held.length === 1);
    held[0]?.();
    expect(await first).toBe('/first');
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 100 }, (_none, n) => `/${n}`));
    expect(await get('/more')).toBe('/more');
  });

  it('waits for its turn no longer than its deadline', async () => {
    await using server = await startHttps(silent);
    await using client = clientOf(server);
    const first = client.request(GET).catch(asError);
    await expect(client.request({ ...GET, deadlineMs: 20 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/waiting for an earlier request to end/),
    });
    await client[Symbol.asyncDispose]();
    expect(await first).toMatchObject({ code: 'ABORTED' });
  });
});
