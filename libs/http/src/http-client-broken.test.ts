import { describe, expect, it } from 'vitest';
import { createHttpClient, type HttpError } from './index.ts';
import { asError, ask, clientOf, GET, hello } from './testing/ask.ts';
import { startHttp, startHttps, startTlsServer } from './testing/start-server.ts';

describe('an HTTP client and broken answers', () => {
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
