import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { selfSigned } from '@consolemesh/bytes/testing';
import { type Endpoint, type TcpEndpoint, TlsMode, TlsVerification } from '@consolemesh/contracts/types';
import { describe, expect, it } from 'vitest';
import { startBench } from './testing.ts';

type Settings = NonNullable<TcpEndpoint['tls']>;

/** A machine with a serial line at a TCP port of its own. */
async function startMachine(tls?: { cert: string; key: string }) {
  const sockets: Socket[] = [];
  let wake = () => {};
  const server = tls ? createTlsServer(tls) : createServer();
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
    wake();
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async line() {
      while (sockets.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return sockets.shift()!;
    },
    [Symbol.dispose]: () => void server.close(),
  };
}

function endpoint(port: number, tls?: Partial<Settings>): Endpoint {
  const settings = tls && {
    mode: TlsMode.FROM_FIRST_BYTE,
    verification: TlsVerification.SYSTEM,
    ...{ caPem: '', sha256Pin: '', serverName: '', minimumVersion: '' },
    ...tls,
  };
  const value = { host: '127.0.0.1', port, tls: settings, username: '', password: '' };
  return { audience: 1, transport: { $case: 'tcp' as const, value }, maxSessions: 1, rfb: undefined };
}

async function openPage(bench: Awaited<ReturnType<typeof startBench>>) {
  const page = await bench.page();
  page.send({ type: 'open', token: bench.issue() });
  return page;
}

describe('a line over TCP', () => {
  it('belongs to one client, who writes and whose window has no say in its size', async () => {
    using machine = await startMachine();
    await using bench = await startBench();
    bench.conductor.endpoint = endpoint(machine.port);
    const page = await openPage(bench);
    expect(await page.message()).toMatchObject({
      type: 'opened',
      size: null,
      viewers: [{ subject: 'alice', role: 'control', pen: true }],
    });
    const line = await machine.line();
    page.sendBytes(Buffer.from('x'));
    expect(String((await once(line, 'data'))[0])).toBe('x');
    page.send({ type: 'resize', columns: 80, rows: 24 });
    page.send({ type: 'break' });
    expect(await page.message()).toMatchObject({ type: 'notice', reason: 'CAPABILITY_MISSING' });
    line.end('bye');
    expect((await page.bytes(3)).toString()).toBe('bye');
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'UPSTREAM_CLOSED' });
  });

  it('breaks: UPSTREAM_LOST', async () => {
    using machine = await startMachine();
    await using bench = await startBench();
    bench.conductor.endpoint = endpoint(machine.port);
    const page = await openPage(bench);
    await page.message();
    (await machine.line()).resetAndDestroy();
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'UPSTREAM_LOST' });
  });

  it('goes through TLS to a machine whose authority is trusted', async () => {
    const certificate = selfSigned('bmc.test');
    using machine = await startMachine(certificate);
    await using bench = await startBench();
    bench.conductor.endpoint = endpoint(machine.port, {
      verification: TlsVerification.CA,
      caPem: certificate.cert,
      serverName: 'bmc.test',
    });
    const page = await openPage(bench);
    expect((await page.message()).type).toBe('opened');
    (await machine.line()).write('secret');
    expect((await page.bytes(6)).toString()).toBe('secret');
  });

  it.each([
    [
      'another certificate than the pinned one',
      { verification: TlsVerification.PIN, sha256Pin: '00'.repeat(32) },
      'BMC_CERTIFICATE_REFUSED',
    ],
    ['VeNCrypt, which is for pictures', { mode: TlsMode.VENCRYPT }, 'PLUGIN_ANSWER_INVALID'],
  ])('refuses %s', async (_what, tls, reason) => {
    using machine = await startMachine(selfSigned('bmc.test'));
    await using bench = await startBench();
    bench.conductor.endpoint = endpoint(machine.port, tls);
    const page = await openPage(bench);
    const told = await page.message();
    expect(told.type === 'resume' ? await page.message() : told).toMatchObject({ type: 'closing', reason });
  });

  it('that nobody answers ends in the words of the table', async () => {
    using machine = await startMachine();
    await using bench = await startBench();
    bench.conductor.endpoint = endpoint(machine.port);
    machine[Symbol.dispose]();
    const page = await openPage(bench);
    const told = await page.message();
    expect(told.type === 'resume' ? await page.message() : told).toMatchObject({ reason: 'BMC_REFUSED' });
  });
});
