import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHttpClient } from './index.ts';
import { ask, clientOf, GET, hello } from './testing/ask.ts';
import { startHttps } from './testing/start-server.ts';

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
