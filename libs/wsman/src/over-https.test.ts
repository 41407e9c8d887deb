import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '@consolemesh/bytes/testing';
import { createHttpClient } from '@consolemesh/http';
import { describe, expect, it } from 'vitest';
import { createWsmanClient } from './create-wsman-client.ts';
import { soap } from './testing/fake-service.ts';

const tls = selfSigned('idrac.test');

/** A client of a real HTTPS server. */
async function serve(listener: RequestListener) {
  const server = createServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trust = { verify: 'ca', ca: tls.cert, servername: 'idrac.test' } as const;
  const credentials = { username: 'root', password: 'calvin' };
  const http = createHttpClient({ host: '127.0.0.1', port, trust, credentials });
  const limits = { retryPauseMs: 0 };
  return {
    client: createWsmanClient(http, { endpoint: `https://127.0.0.1:${port}/wsman`, limits }),
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The message id of a request. */
async function messageIdOf(request: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return /<wsa:MessageID[^>]*>([^<]+)/.exec(text)?.[1] ?? '';
}

describe('over HTTPS', () => {
  it('reads an answer that comes one byte at a time', async () => {
    const asked: unknown[] = [];
    await using service = await serve(async (request, response) => {
      asked.push([request.method, request.url, request.headers.authorization]);
      const id = await messageIdOf(request);
      response.writeHead(200, { 'content-type': 'application/soap+xml;charset=UTF-8' });
      for (const byte of Buffer.from(soap(id, '<x><Name>Grüße</Name></x>')))
        await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
      response.end();
    });
    expect((await service.client.get('urn:x', {})).text('Name')).toBe('Grüße');
    expect(asked).toEqual([['POST', '/wsman', `Basic ${btoa('root:calvin')}`]]);
  });

  it('hangs up on an answer without end', async () => {
    await using service = await serve((_request, response) => {
      const megabyte = Buffer.alloc(1024 * 1024, '<a>');
      let left = 100;
      const more = () => {
        while (left-- > 0 && response.write(megabyte));
        if (left < 0) response.end();
      };
      response.on('drain', more);
      more();
    });
    await expect(service.client.identify()).rejects.toMatchObject({ name: 'HttpError', code: 'TOO_LARGE' });
  });

  it('does not wait beyond the deadline for one that hangs in the middle', async () => {
    await using service = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/soap+xml' });
      response.write('<Envelope>');
    });
    const call = service.client.identify({ deadlineMs: 200 });
    await expect(call).rejects.toMatchObject({ name: 'HttpError', code: 'TIMEOUT' });
  });

  it('asks again when the connection breaks in the middle of an answer', async () => {
    let asked = 0;
    await using service = await serve(async (request, response) => {
      const id = await messageIdOf(request);
      const body = soap(id, '<x/>');
      response.writeHead(200, { 'content-type': 'application/soap+xml', 'content-length': body.length });
      if (++asked < 3) response.write(body.slice(0, 20), () => response.destroy());
      else response.end(body);
    });
    expect((await service.client.get('urn:x', {})).className).toBe('x');
    expect(asked).toBe(3);
  });

  it('does not ask again when the password is refused', async () => {
    let asked = 0;
    await using service = await serve((_request, response) => {
      asked++;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="OPENWSMAN"' }).end();
    });
    await expect(service.client.identify()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(asked).toBe(1);
  });
});
