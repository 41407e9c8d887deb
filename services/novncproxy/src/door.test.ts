import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { selfSigned } from '@consolemesh/bytes/testing';
import { createLogger } from '@consolemesh/mesh';
import { connectWebSocket } from '@consolemesh/proxy/testing';
import { describe, expect, it } from 'vitest';
import { keyEvent, read, shakeHands, startBench } from './testing.ts';

const file = (body: string, type: string, immutable: boolean) => ({
  body: Buffer.from(body),
  type,
  immutable,
  etag: '"abc"',
});
const page = new Map([
  ['index.html', file('<!doctype html>', 'text/html; charset=utf-8', false)],
  ['assets/page-AAAA.js', file('start()', 'text/javascript; charset=utf-8', true)],
]);

/** A reverse proxy of a few lines: passes everything on and says for whom. */
async function startReverseProxy(port: number, headers: Record<string, string>) {
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    const inner = connectTcp(port, '127.0.0.1');
    const lines = Object.entries({ ...request.headers, ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    inner.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    inner.write(head);
    inner.pipe(socket).pipe(inner);
    for (const stream of [inner, socket]) stream.on('error', () => {});
  });
  server.on('request', (request, response) => {
    httpRequest({ port, path: request.url, headers: { ...request.headers, ...headers } }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => void server.close(),
  };
}

describe('the page', () => {
  it('is served under all its names, strictly, and its parts for ever', async () => {
    await using bench = await startBench({ page });
    for (const name of ['', 'vnc.html', 'vnc_lite.html', 'vnc_auto.html?path=websockify%3Ftoken%3Dx']) {
      const answer = await fetch(`${bench.proxy.webUrl}${name}`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe('<!doctype html>');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    }
    const asset = await fetch(`${bench.proxy.webUrl}assets/page-AAAA.js`);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const again = await fetch(`${bench.proxy.webUrl}assets/page-AAAA.js`, {
      headers: { 'if-none-match': '"abc"' },
    });
    expect(again.status).toBe(304);
  });

  it('is nothing else: no other file, no other method', async () => {
    await using bench = await startBench({ page });
    expect((await fetch(`${bench.proxy.webUrl}assets/..%2f..%2fpackage.json`)).status).toBe(404);
    expect((await fetch(bench.proxy.webUrl, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${bench.proxy.webUrl}healthz`)).status).toBe(200);
  });

  it('may be framed by whom the setting names', async () => {
    await using bench = await startBench({ page, frameAncestors: ['https://ops.example'] });
    const { headers } = await fetch(bench.proxy.webUrl);
    expect(headers.get('content-security-policy')).toContain('frame-ancestors https://ops.example');
    expect(headers.get('x-frame-options')).toBe(null);
  });
});

describe('behind a reverse proxy', () => {
  it('works below a base path, with the origin and the address that the trusted proxy tells', async () => {
    await using bench = await startBench({ page, basePath: '/consoles/', trustedProxies: ['127.0.0.1'] });
    using outer = await startReverseProxy(Number(new URL(bench.proxy.webUrl).port), {
      'X-Forwarded-For': '198.51.100.9, 203.0.113.7',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'ops.example',
    });
    const html = await fetch(`http://127.0.0.1:${outer.port}/consoles/vnc.html`);
    expect(html.headers.get('strict-transport-security')).toBe('max-age=31536000');
    const short = await fetch(`http://127.0.0.1:${outer.port}/consoles?x=1`, { redirect: 'manual' });
    expect([short.status, short.headers.get('location')]).toEqual([308, '/consoles/?x=1']);
    expect((await fetch(`http://127.0.0.1:${outer.port}/vnc.html`)).status).toBe(404);

    const client = await connectWebSocket(`ws://127.0.0.1:${outer.port}/consoles/session`, {
      origin: 'https://ops.example',
    });
    client.send({ type: 'open', token: bench.tokens.issue() });
    expect(await client.message()).toMatchObject({ type: 'opened' });
    expect(bench.conductor.asked[0]?.clientAddress).toBe('203.0.113.7');
  });

  it('does not believe a proxy that is not trusted', async () => {
    await using bench = await startBench({ trustedProxies: ['192.0.2.1'] });
    const headers = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Host': 'evil.test' };
    const url = `${bench.proxy.webUrl.replace(/^http/, 'ws')}session`;
    await expect(connectWebSocket(url, { headers, origin: 'http://evil.test' })).rejects.toThrow('403');
    const client = await connectWebSocket(url, { headers });
    client.send({ type: 'open', token: bench.tokens.issue() });
    await client.message();
    expect(bench.conductor.asked[0]?.clientAddress).toBe('127.0.0.1');
  });
});

describe('a WebSocket', () => {
  it.each([
    ['a page of another origin', { origin: 'https://evil.test' }, '403'],
    ['a program without an origin', { origin: '' }, '403'],
    ['a client without our sub-protocol', { protocols: [] }, '400'],
    ['a client with another sub-protocol', { protocols: ['binary'] }, '400'],
  ])('is refused to %s', async (_what, options, status) => {
    await using bench = await startBench();
    await expect(bench.page(options)).rejects.toThrow(status);
  });

  it('is allowed to a program, to the public URL and to further origins when settings say so', async () => {
    await using bench = await startBench({
      allowMissingOrigin: true,
      publicUrl: 'https://consoles.example/x/',
      allowedOrigins: ['https://ops.example'],
    });
    for (const origin of ['', 'https://consoles.example', 'https://ops.example'])
      await bench.page({ origin });
  });

  it('is closed with words when a frame is too large, and nothing of it is kept', async () => {
    await using bench = await startBench({ limits: { maxFrameBytes: 1024 } });
    const { page: client } = await bench.opened();
    client.sendBytes(Buffer.alloc(2048));
    expect(await client.message()).toMatchObject({ type: 'closing', reason: 'MESSAGE_TOO_LARGE' });
    expect((await client.closed).code).toBe(4467);
    expect(await bench.conductor.hears('closed')).toMatchObject({
      reason: 'MESSAGE_TOO_LARGE',
      resumable: false,
    });
  });

  it('survives a client that sends every byte alone', async () => {
    await using bench = await startBench();
    const { page: client, server } = await bench.opened();
    const raw = (client.socket as unknown as { _socket: import('node:net').Socket })._socket;
    raw.setNoDelay(true);
    const masked = Buffer.from(keyEvent(0x61).map((byte, i) => byte ^ [9, 8, 7, 6][i & 3]!));
    for (const byte of Buffer.concat([Buffer.from([0x82, 0x88, 9, 8, 7, 6]), masked])) {
      raw.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await read(server, 8)).toEqual(keyEvent(0x61));
  });

  it('ends for garbage in place of frames', async () => {
    await using bench = await startBench();
    const { page: client } = await bench.opened();
    (client.socket as unknown as { _socket: import('node:net').Socket })._socket.write(
      'GET / HTTP/1.1\r\n\r\n',
    );
    expect(await client.message()).toMatchObject({ type: 'closing', reason: 'PROTOCOL_VIOLATION' });
  });

  it('ends for RFB that cannot be followed', async () => {
    await using bench = await startBench();
    const { page: client } = await bench.opened();
    client.sendBytes(Buffer.from([0xee, 1, 2, 3]));
    expect(await client.message()).toMatchObject({ type: 'closing', reason: 'PROTOCOL_VIOLATION' });
  });

  it('is not waited for by a client that never finishes its request', async () => {
    await using bench = await startBench({ limits: { headersMs: 50 } });
    const socket = connectTcp(Number(new URL(bench.proxy.webUrl).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /session HTTP/1.1\r\nHost: x\r\n');
    socket.resume();
    await once(socket, 'close');
  });
});

describe('the log', () => {
  it('never holds a token, wherever it came from', async () => {
    const lines: string[] = [];
    const logger = createLogger('novncproxy', 'debug', { write: (line: string) => void lines.push(line) });
    await using bench = await startBench({ logger, page });
    const token = bench.tokens.issue();
    const { page: client } = await bench.opened(token);
    client.socket.close();
    await bench.conductor.hears('closed');
    const plain = await connectWebSocket(
      `${bench.proxy.webUrl.replace(/^http/, 'ws')}websockify?token=${token}`,
      {
        protocols: [],
        origin: 'https://evil.test',
      },
    ).catch(() => undefined);
    plain?.socket.close();
    await fetch(`${bench.proxy.webUrl}vnc_auto.html?path=websockify%3Ftoken%3D${token}`);
    await fetch(`${bench.proxy.webUrl}nothing?token=${token}`);
    expect(lines.join('')).toContain('session over');
    expect(lines.join('')).not.toContain(token);
  });
});

describe('TLS of its own', () => {
  it('takes a new certificate while sessions go on, and keeps the old one when the new one is broken', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'novncproxy-'));
    const put = (name: string, text: string) => {
      writeFileSync(join(directory, `${name}.new`), text);
      renameSync(join(directory, `${name}.new`), join(directory, name));
    };
    try {
      const first = selfSigned('first.test');
      put('cert.pem', first.cert);
      put('key.pem', first.key);
      const tls = {
        certificateFile: join(directory, 'cert.pem'),
        keyFile: join(directory, 'key.pem'),
        minimumVersion: 'TLSv1.2',
        ciphers: undefined,
      } as const;
      await using bench = await startBench({ tls });
      const url = `${bench.proxy.webUrl.replace(/^http/, 'ws')}session`;
      const origin = bench.proxy.webUrl.replace(/\/$/, '');
      const client = await connectWebSocket(url, {
        ca: first.cert,
        origin,
        rejectUnauthorized: false,
      });
      client.send({ type: 'open', token: bench.tokens.issue() });
      await client.message();
      await shakeHands(client);
      const server = await bench.machine.connection();

      expect(bench.proxy.reloadTls()).toBe(false);
      const second = selfSigned('second.test');
      put('key.pem', second.key);
      expect(bench.proxy.reloadTls()).toBe(false);
      put('cert.pem', second.cert);
      expect(bench.proxy.reloadTls()).toBe(true);

      const port = Number(new URL(url).port);
      const fresh = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(fresh, 'secureConnect');
      expect(fresh.getPeerCertificate().subject.CN).toBe('second.test');
      fresh.destroy();
      const picture = Buffer.alloc(500_000, 4);
      server.write(picture);
      expect((await client.bytes(picture.length)).equals(picture)).toBe(true);
      client.sendBytes(keyEvent(7));
      expect(await read(server, 8)).toEqual(keyEvent(7));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
