import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { createBmc } from '../bmc/create-bmc.ts';
import { serveBmc } from '../bmc/serve-bmc.ts';
import { openSession } from '../session/open-session.ts';
import { ADMIN, failure } from '../testing/stage.ts';
import { createTransport } from './create-transport.ts';

const who = { user: ADMIN.name, password: ADMIN.password };

describe('UDP', () => {
  it.each(['127.0.0.1', '::1'])('carries a session and its serial console over %s', async (host) => {
    using bmc = createBmc({ users: [ADMIN] });
    await using server = await serveBmc(bmc, { host });
    await using transport = createTransport();
    await using session = await openSession({ host, port: server.port, ...who, transport });
    await using line = await session.activateSol();
    line.write('hello');
    const [heard] = await Promise.all([
      new Promise((resolve) => bmc.serial.once('data', (chunk) => resolve(String(chunk)))),
    ]);
    expect(heard).toBe('hello');
    bmc.serial.write('back');
    expect(await new Promise((resolve) => line.once('data', (chunk) => resolve(String(chunk))))).toBe('back');
  });

  it('carries many sessions to many BMCs over one socket', async () => {
    await using transport = createTransport();
    const senders = new Set<string>();
    const lines = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const bmc = createBmc({ users: [ADMIN] });
        const server = await serveBmc(bmc);
        const session = await openSession({ host: '127.0.0.1', port: server.port, ...who, transport });
        const line = await session.activateSol();
        for (const { from } of bmc.sessions) senders.add(from);
        return { bmc, server, session, line };
      }),
    );
    const heard = lines.map(
      ({ line }) => new Promise((resolve) => line.once('data', (chunk) => resolve(String(chunk)))),
    );
    for (const [i, { bmc }] of lines.entries()) bmc.serial.write(`machine ${i}`);
    expect(await Promise.all(heard)).toEqual(lines.map((_, i) => `machine ${i}`));
    expect(senders.size).toBe(1);
    await Promise.all(lines.map(({ session }) => session.close()));
    expect(lines.flatMap(({ bmc }) => bmc.sessions)).toEqual([]);
    for (const { bmc, server } of lines) {
      await server[Symbol.asyncDispose]();
      bmc[Symbol.dispose]();
    }
  });

  it('says at once that a port is closed, instead of waiting', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    const error = await failure(openSession({ host: '127.0.0.1', port, ...who, timeouts: { answerMs: 50 } }));
    expect(error).toMatchObject({ code: 'REFUSED' });
  });

  it('does not take silence for a closed port', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    const timeouts = { answerMs: 20, stepMs: 1, tries: 2 };
    const error = await failure(openSession({ host: '127.0.0.1', port, ...who, timeouts }));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    socket.close();
  });

  it('says that there is no way to an address, and goes on', async () => {
    // Nobody may send there: the kernel refuses to connect a socket to it.
    const host = '255.255.255.255';
    const timeouts = { answerMs: 20, stepMs: 1, tries: 2 };
    const error = await failure(openSession({ host, ...who, timeouts }));
    expect(error).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining(host) });
  });

  it('says that a name has no address', async () => {
    const error = await failure(openSession({ host: 'no-such-name.invalid', ...who }));
    expect(error).toMatchObject({ code: 'UNREACHABLE', message: expect.stringMatching(/no-such-name/) });
  });

  it('counts what belongs to nobody, and goes on', async () => {
    using bmc = createBmc({ users: [ADMIN] });
    await using server = await serveBmc(bmc);
    await using transport = createTransport();
    await using session = await openSession({ host: '127.0.0.1', port: server.port, ...who, transport });
    const [from] = bmc.sessions.map((s) => s.from);
    const stranger = createSocket('udp4');
    const port = Number(from!.split(':')[1]);
    await new Promise<void>((resolve) => stranger.send('garbage', port, '127.0.0.1', () => resolve()));
    await new Promise<void>((resolve) =>
      stranger.send(Buffer.alloc(9_000), port, '127.0.0.1', () => resolve()),
    );
    await expect.poll(() => transport.counters.unclaimed).toBe(2);
    await session.command(6, 1);
    stranger.close();
  });
});
