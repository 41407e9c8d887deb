import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { makeCertificate, selfSigned } from '@consolemesh/bytes/testing';
import { describe, expect, it } from 'vitest';
import { createHttpClient, HttpError, type HttpRequest, type HttpTarget } from './index.ts';
import { startHttp, startHttps, startTcp, startTlsServer, type TestServer } from './testing/start-server.ts';

const hello: RequestListener = (_request, response) => response.end('hello');
const GET = { method: 'GET', path: '/' } as const;

function clientOf({ host, port }: TestServer, target: Partial<HttpTarget> = {}) {
  return createHttpClient({ host, port, trust: { verify: 'none' }, ...target });
}

/** What becomes of one request: the text of the answer, or the error. */
async function ask(server: TestServer, target: Partial<HttpTarget> = {}, request: Partial<HttpRequest> = {}) {
  await using client = clientOf(server, target);
  return await client.request({ ...GET, ...request }).then(({ body }) => body.toString(), asError);
}

function asError(error: unknown): HttpError {
  expect(error).toBeInstanceOf(HttpError);
  return error as HttpError;
}

/** A listener whose queue of connections is full: whoever comes next waits for ever. */
async function startDeaf() {
  const script = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    process.stdout.write(String(this.address().port), () => process.kill(process.pid, 'SIGSTOP'));
  })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const fillers = Array.from({ length: 6 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
  return {
    host: '127.0.0.1',
    port: Number(port),
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('an HTTP client', () => {
  it('brings status, headers in lower case and body', async () => {
    await using server = await startHttps((request, response) => {
      response.writeHead(404, { 'X-Name': 'BMC', 'Set-Cookie': ['a=1', 'b=2'] });
      response.write(`${request.method} ${request.url} `);
      request.pipe(response);
    });
    await using client = clientOf(server);
    const answer = await client.request({ method: 'POST', path: '/a?b=c', body: 'hi' });
    expect(answer).toMatchObject({ status: 404, headers: { 'x-name': 'BMC', 'set-cookie': 'a=1, b=2' } });
    expect(answer.body.toString()).toBe('POST /a?b=c hi');
    expect(client.origin).toBe(`https://127.0.0.1:${server.port}`);
  });

  it('sends Basic credentials unless a request brings its own, and asks for no compression', async () => {
    await using server = await startHttps(({ headers }, response) => {
      response.end(`${headers.authorization} ${headers['accept-encoding']}`);
    });
    const credentials = { username: 'root', password: 'pässword' };
    const sent = `Basic ${Buffer.from('root:pässword').toString('base64')} identity`;
    expect(await ask(server, { credentials })).toBe(sent);
    expect(await ask(server, { credentials }, { headers: { Authorization: 'own' } })).toBe('own identity');
    expect(await ask(server)).toBe('undefined identity');
  });

  it('lets one request through at a time, in order', async () => {
    let busy = 0;
    let most = 0;
    await using server = await startHttps((request, response) => {
      most = Math.max(most, ++busy);
      setImmediate(() => {
        busy--;
        response.end(request.url);
      });
    });
    await using client = clientOf(server);
    const paths = Array.from({ length: 20 }, (_, i) => `/${i}`);
    const answers = await Promise.all(paths.map((path) => client.request({ method: 'GET', path })));
    expect(answers.map(({ body }) => body.toString())).toEqual(paths);
    expect(most).toBe(1);
    expect(server.connections).toBe(1);
  });

  it('leaves no connection behind after a thousand requests', async () => {
    await using server = await startHttps(hello);
    {
      await using client = clientOf(server);
      for (let i = 0; i < 1000; i++) expect((await client.request(GET)).status).toBe(200);
      expect(server.connections).toBe(1);
    }
    await server.idle();
    expect(server.open).toBe(0);
  });

  it('undoes a compression that nobody asked for, within the bound', async () => {
    const send = (body: Buffer) =>
      startHttps((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
      });
    await using good = await send(gzipSync('hello'));
    expect(await ask(good)).toBe('hello');
    await using bomb = await send(gzipSync(Buffer.alloc(1_000_000)));
    expect(await ask(bomb, {}, { maxBodyBytes: 10_000 })).toMatchObject({ code: 'TOO_LARGE' });
    await using cut = await send(gzipSync('hello').subarray(0, -4));
    expect(await ask(cut)).toMatchObject({ code: 'TRUNCATED' });
    await using lie = await send(Buffer.from('hello'));
    expect(await ask(lie)).toMatchObject({ code: 'NOT_HTTP' });
  });

  it.each([
    ['a scheme', { host: 'https://bmc' }],
    ['a path', { host: 'bmc/redfish' }],
    ['a user', { host: 'root@bmc' }],
    ['no name', { host: '' }],
    ['port 0', { host: 'bmc', port: 0 }],
    ['a colon in the user name', { host: 'bmc', credentials: { username: 'a:b', password: 'canary' } }],
  ])('refuses a target with %s', (_what, target) => {
    expect(() => createHttpClient({ port: 443, trust: {}, ...target })).toThrow(TypeError);
  });

  it('refuses to send a header that is none, without repeating it', async () => {
    await using server = await startHttps(hello);
    await using client = clientOf(server);
    const error: Error = await client
      .request({ ...GET, headers: { 'x-auth-token': 'canary\r\n' } })
      .catch((e) => e);
    expect(error).toBeInstanceOf(TypeError);
    expect(inspect(error)).not.toContain('canary');
    expect((await client.request(GET)).status).toBe(200);
  });

  it.each(['', 'redfish', '/a b', '/a\r\nX: y', '/ä'])('refuses to send the path %j', async (path) => {
    await using client = createHttpClient({ host: '127.0.0.1', port: 1, trust: { verify: 'none' } });
    await expect(client.request({ method: 'GET', path })).rejects.toThrow(TypeError);
  });
});

describe('an HTTP client and TLS', () => {
  const { cert } = selfSigned();
  const sha256Pin = new X509Certificate(cert).fingerprint256;
  it.each<[string, HttpTarget['trust']]>([
    ['a pin', { verify: 'pin', sha256Pin }],
    ['its authority', { verify: 'ca', ca: cert }],
    ['nothing', { verify: 'none' }],
  ])('trusts a server by %s', async (_how, trust) => {
    await using server = await startHttps(hello);
    expect(await ask(server, { trust })).toBe('hello');
  });

  const elsewhere = makeCertificate({ name: 'bmc-17', altNames: ['DNS:bmc-17.example.net'] });
  it.each<[string, HttpTarget['trust'], RegExp]>([
    ['the public authorities', {}, /self-signed/],
    ['another pin', { verify: 'pin', sha256Pin: 'ab'.repeat(32) }, /not the pinned one/],
    [
      'the host that was dialled',
      { verify: 'ca', ca: elsewhere.cert },
      /is for "bmc-17\.example\.net", not for "127\.0\.0\.1"/,
    ],
  ])('sends nothing to a server that does not match %s', async (_what, trust, text) => {
    let asked = 0;
    await using server = await startHttps(() => asked++, elsewhere);
    const error = await ask(server, { trust, credentials: { username: 'root', password: 'canary' } });
    const fingerprint = new X509Certificate(elsewhere.cert).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(error).toMatchObject({ code: 'CERTIFICATE_MISMATCH', details: { fingerprint } });
    expect((error as HttpError).message).toMatch(text);
    expect(asked).toBe(0);
  });

  it('speaks TLS 1.0 only where that was asked for', async () => {
    const ciphers = `${DEFAULT_CIPHERS}:@SECLEVEL=0`;
    await using old = await startHttps(hello, {
      ...selfSigned(),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      ciphers,
    });
    expect(await ask(old, { trust: { verify: 'none', minVersion: 'TLSv1' } })).toBe('hello');
    expect(await ask(old)).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringMatching(/lower the minimum TLS version/),
    });
  });

  it.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', false],
  ])('for the host %s sends the SNI %s', async (host, sni) => {
    await using server = await startHttps(({ socket }, response) => {
      response.end(String((socket as TLSSocket).servername));
    });
    expect(await ask(server, { host })).toBe(String(sni));
  });

  it.each(['::1', '[::1]', '::1%lo'])('reaches the IPv6 address %s', async (host) => {
    await using server = await startHttps(({ headers }, r) => r.end(headers.host), selfSigned(), '::1');
    expect(await ask(server, { host })).toBe(`[::1]:${server.port}`);
  });
});

describe('an HTTP client and bad peers', () => {
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

  it('reads no more of a body than its bound and closes the connection', async () => {
    let written = 0;
    await using server = await startHttps((_request, response) => {
      const more = () => {
        written += 10_000;
        if (!response.destroyed && response.write(Buffer.alloc(10_000))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    });
    await using client = clientOf(server);
    const error = await client.request({ ...GET, maxBodyBytes: 50_000 }).catch(asError);
    expect(error).toMatchObject({ code: 'TOO_LARGE', message: expect.stringMatching(/50000 bytes/) });
    await server.idle();
    expect(written).toBeLessThan(20_000_000);
  });

  it('reads nothing of a body that is announced as too large', async () => {
    await using server = await startHttps((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000000' }).flushHeaders();
    });
    await using client = clientOf(server);
    await expect(client.request(GET)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await server.idle();
  });

  const ok = 'HTTP/1.1 200 OK\r\n';
  it.each<[string, string, HttpError['code']]>([
    ['a body shorter than its Content-Length', `${ok}Content-Length: 10\r\n\r\nhalf`, 'TRUNCATED'],
    ['a chunked body that is cut', `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, 'TRUNCATED'],
    [
      'a cut body on a connection that is to close',
      `${ok}Connection: close\r\nContent-Length: 10\r\n\r\nhalf`,
      'TRUNCATED',
    ],
    [
      'a chunked body that is cut on a connection that is to close',
      `${ok}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`,
      'TRUNCATED',
    ],
    ['a broken chunk', `${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, 'NOT_HTTP'],
    ['headers that are cut', `${ok}Content-Len`, 'RESET'],
    ['nothing', '', 'RESET'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'NOT_HTTP'],
    ['text', '<html>hello</html>', 'NOT_HTTP'],
    [
      'a change of protocol',
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      'NOT_HTTP',
    ],
    ['a permission to go on', 'HTTP/1.1 100 Continue\r\n\r\n', 'NOT_HTTP'],
    ['endless headers', `${ok}X: ${'x'.repeat(100_000)}`, 'TOO_LARGE'],
  ])('calls %s by its name', async (_what, answer, code) => {
    await using server = await startTlsServer((socket) => socket.once('data', () => socket.end(answer)));
    expect(await ask(server)).toMatchObject({ code });
  });

  it('takes an answer of HTTP/1.0, which ends with the connection', async () => {
    await using server = await startTlsServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nhello')),
    );
    expect(await ask(server)).toBe('hello');
  });

  it('tells a plain server from one that speaks TLS', async () => {
    await using server = await startHttp(hello);
    expect(await ask(server, { plain: true })).toBe('hello');
    expect(await ask(server)).toMatchObject({ code: 'TLS_FAILED' });
  });

  it.each([301, 302, 303, 307, 308])(
    'follows no redirect of status %d and says where it leads',
    async (status) => {
      await using server = await startHttps((_request, response) => {
        response.writeHead(status, { location: 'https://elsewhere.test/' }).end();
      });
      const details = { location: 'https://elsewhere.test/' };
      expect(await ask(server)).toMatchObject({ code: 'UNEXPECTED_REDIRECT', details });
      expect(server.connections).toBe(1);
    },
  );

  it('opens a new connection when the server closed the last one between two requests', async () => {
    await using server = await startTlsServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')),
    );
    await using client = clientOf(server);
    for (const turn of [1, 2, 3]) {
      expect((await client.request({ method: 'POST', path: '/', body: 'x' })).body.toString()).toBe('hello');
      await server.idle();
      expect(server.connections).toBe(turn);
    }
  });

  it.each(['GET', 'POST'])('does not repeat a %s that was sent', async (method) => {
    let asked = 0;
    await using server = await startHttps((request, response) => {
      asked++;
      if (request.url === '/first') response.end();
      else request.socket.destroy();
    });
    await using client = clientOf(server);
    await client.request({ method: 'GET', path: '/first' });
    await expect(client.request({ method, path: '/second' })).rejects.toMatchObject({ code: 'RESET' });
    expect(asked).toBe(2);
  });

  it.each([
    ['a name that does not exist', { host: 'bmc.invalid' }, 'NAME_NOT_FOUND'],
    ['a port where nobody listens', { host: '127.0.0.1', port: 1 }, 'REFUSED'],
  ])('says that it was %s', async (_what, target, code) => {
    await using client = createHttpClient({ port: 443, trust: { verify: 'none' }, ...target });
    await expect(client.request(GET)).rejects.toMatchObject({
      code,
      details: { systemCode: expect.any(String) },
    });
  });
});

describe('an HTTP client and secrets', () => {
  it('never shows a password, whatever goes wrong', async () => {
    const canary = 'canary-5f2a';
    const echo = (socket: NodeJS.WritableStream & NodeJS.ReadableStream) =>
      socket.once('data', (bytes: Buffer) => socket.end(bytes));
    const servers = [
      await startTlsServer(echo),
      await startTcp(echo),
      await startHttps((request, response) => {
        response.writeHead(302, { location: '/', 'x-echo': request.headers.authorization ?? '' }).end();
      }),
      await startHttps(({ socket }) => socket.destroy()),
    ];
    for (const started of servers) {
      await using server = started;
      await using client = clientOf(server, { credentials: { username: 'root', password: canary } });
      const error = await client
        .request({ method: 'POST', path: '/', body: canary, headers: { 'x-auth-token': canary } })
        .catch(asError);
      expect(error).toBeInstanceOf(HttpError);
      const shown = inspect([error, client], { depth: Infinity, showHidden: true });
      expect(shown).not.toContain(canary);
      expect(shown).not.toContain(Buffer.from(`root:${canary}`).toString('base64'));
    }
  });
});
