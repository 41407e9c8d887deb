import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { selfSigned } from '@consolemesh/bytes/testing';
import { type ConnectOptions, connectToServer, type RfbError, type RfbUpstream } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { keysym } from '../machine/testing.ts';
import type { RunningMachine } from '../run-machine.ts';
import { type SimulatedMachineOptions, startSimulatedMachine } from '../start-simulated-machine.ts';
import { manualClock } from '../testing.ts';
import { parseMisbehaviour } from './misbehaviour.ts';

type Options = Partial<SimulatedMachineOptions> & { words?: string[] };

const start = ({ words = [], ...options }: Options = {}) =>
  startSimulatedMachine({
    name: 'node-07',
    stage: 'console',
    misbehave: parseMisbehaviour(words),
    ...options,
  });

const dial = ({ host, port }: { host: string; port: number }): Duplex => {
  const socket = connectTcp(port, host);
  socket.on('error', () => {});
  return socket;
};
const view = (
  address: { host: string; port: number },
  options: ConnectOptions & { stopAfterAuthentication?: false } = {},
): Promise<RfbUpstream> => connectToServer(dial(address), { deadlineMs: 5000, ...options });
const failure = (promise: Promise<unknown>): Promise<RfbError> =>
  promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error) => error,
  );
/** Reads until so many bytes have come or the other side has hung up. */
const take = (stream: Duplex, bytes: number): Promise<Buffer> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    let got = 0;
    const done = () => resolve(Buffer.concat(parts));
    stream.on('data', (part: Buffer) => {
      parts.push(part);
      got += part.length;
      if (got >= bytes) done();
    });
    stream.on('close', done);
  });
/** FramebufferUpdateRequest for a corner: U8 3 | U8 incremental | U16 x, y, width, height. */
const requestCorner = Buffer.from([3, 0, 0, 0, 0, 0, 0, 8, 0, 16]);
const keyEvent = (keysym: number) =>
  Buffer.concat([1, 0].map((down) => Buffer.from([4, down, 0, 0, 0, 0, keysym >> 8, keysym & 255])));

describe('the VNC server of a simulated machine', () => {
  it('describes its screen and sends it', async () => {
    await using simulated = await start();
    const viewer = await view(simulated.address);
    expect(viewer.serverInit).toMatchObject({ width: 1024, height: 768, name: 'node-07' });
    viewer.stream.write(requestCorner);
    const update = await take(viewer.stream, 16 + 8 * 16 * 4);
    expect(update.readUInt16BE(2)).toBe(1);
    expect(update.subarray(4, 12).toString('hex')).toBe('0000000000080010');
    viewer.stream.destroy();
  });

  it('types what a viewer types', async () => {
    await using simulated = await start();
    const viewer = await view(simulated.address);
    viewer.stream.write(Buffer.concat([...'hi'].map((letter) => keyEvent(letter.charCodeAt(0)))));
    await untilShown(simulated.machine, /login: hi$/);
    viewer.stream.destroy();
  });

  it('points where a viewer points', async () => {
    await using simulated = await start();
    const viewer = await view(simulated.address);
    // PointerEvent: U8 5 | U8 buttons | U16 x | U16 y
    viewer.stream.write(Buffer.concat([Buffer.from([5, 0, 1, 44, 0, 200]), keyEvent(0x61)]));
    await untilShown(simulated.machine, /login: a$/);
    expect(simulated.machine.pointer).toMatchObject({ x: 300, y: 200 });
    viewer.stream.destroy();
  });

  it('releases the keys that a vanished viewer held', async () => {
    await using simulated = await start();
    const first = await view(simulated.address);
    const held = [keysym.control, keysym.alt].map((key) => keyEvent(key).subarray(0, 8));
    first.stream.write(Buffer.concat(held));
    first.stream.end();
    await untilSessions(simulated, 0);
    const second = await view(simulated.address);
    second.stream.write(Buffer.concat([keyEvent(keysym.delete), keyEvent(0x78)]));
    await untilShown(simulated.machine, /login: x$/);
    second.stream.destroy();
  });

  it.each([
    ['right', 'secret99', undefined],
    ['wrong', 'guess', 'AUTHENTICATION_FAILED'],
  ])('takes the %s password for what it is', async (_which, password, code) => {
    await using simulated = await start({ password: 'secret99' });
    const viewing = view(simulated.address, { password });
    if (code) expect(await failure(viewing)).toMatchObject({ code });
    else (await viewing).stream.destroy();
  });

  it('refuses further viewers with a reason and admits them when one has left', async () => {
    await using simulated = await start({ maxSessions: 1 });
    const first = await view(simulated.address);
    expect(await failure(view(simulated.address))).toMatchObject({
      code: 'REFUSED_BY_SERVER',
      message: expect.stringContaining('Maximum number of sessions (1) reached'),
    });
    first.stream.destroy();
    await untilSessions(simulated, 0);
    const second = await view(simulated.address);
    second.stream.destroy();
  });

  it('ends when it is disposed while viewers are in every phase', async () => {
    const simulated = await start();
    const silent = dial(simulated.address);
    const closed = take(silent, 1e9);
    const viewer = await view(simulated.address);
    await simulated[Symbol.asyncDispose]();
    await closed;
    await take(viewer.stream, 1e9);
    expect(simulated.sessions).toBe(0);
  });
});

describe('a simulated machine with TLS', () => {
  const tls = selfSigned('node-07');

  it('speaks TLS from the first byte', async () => {
    await using simulated = await start({ tls, tlsFromFirstByte: true });
    const { host, port } = simulated.address;
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    socket.on('error', () => {});
    const viewer = await connectToServer(socket);
    expect(viewer.serverInit.name).toBe('node-07');
    viewer.stream.destroy();
  });

  it.each(['TLSNone', 'TLSVnc', 'X509Vnc'] as const)('offers VeNCrypt with %s', async (security) => {
    await using simulated = await start({ tls, security: [security], password: 'secret99' });
    const viewer = await view(simulated.address, {
      password: 'secret99',
      tls: { mode: 'vencrypt', verify: 'none' },
    });
    expect(viewer.security).toEqual({ name: security, encrypted: true });
    viewer.stream.destroy();
  });

  it('does not start without a certificate', async () => {
    await expect(start({ tlsFromFirstByte: true })).rejects.toThrow(/needs a key and a certificate/);
  });
});

describe('misbehaviour on request', () => {
  it('slow-banner: says nothing before its time', async () => {
    const clock = manualClock();
    await using simulated = await start({ words: ['slow-banner=3000'], clock });
    expect(await failure(view(simulated.address, { deadlineMs: 40 }))).toMatchObject({ code: 'TIMEOUT' });
    await untilSessions(simulated, 0);
    const viewing = view(simulated.address);
    await untilSessions(simulated, 1);
    clock.advance(3000);
    (await viewing).stream.destroy();
  });

  it('no-banner: never says anything', async () => {
    await using simulated = await start({ words: ['no-banner'] });
    const error = await failure(view(simulated.address, { deadlineMs: 60 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('protocol version') });
  });

  it('garbage-banner: is no RFB at all', async () => {
    await using simulated = await start({ words: ['garbage-banner'] });
    expect(await failure(view(simulated.address))).toMatchObject({ code: 'NOT_RFB' });
  });

  it.each(['3.889', '4.1'])('odd-version: announces %s and goes on', async (version) => {
    await using simulated = await start({ words: [`odd-version=${version}`] });
    const banner = await take(dial(simulated.address), 12);
    const [major = '', minor = ''] = version.split('.');
    expect(banner.toString()).toBe(`RFB ${major.padStart(3, '0')}.${minor.padStart(3, '0')}\n`);
    const viewer = await view(simulated.address);
    viewer.stream.destroy();
  });

  it('endless-security-types: has not named them all when the viewer gives up', async () => {
    await using simulated = await start({ words: ['endless-security-types'] });
    const error = await failure(view(simulated.address, { deadlineMs: 500 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('security types') });
  });

  it('huge-reason: announces 4 GiB and sends until the viewer hangs up', async () => {
    await using simulated = await start({ words: ['huge-reason'] });
    const socket = dial(simulated.address);
    socket.write('RFB 003.008\n');
    const bytes = await take(socket, 300_000);
    expect(bytes.subarray(12, 17).toString('hex')).toBe('00ffffffff');
    socket.destroy();
    expect(await failure(view(simulated.address))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('refuse: gives the reason it was given', async () => {
    await using simulated = await start({ words: ['refuse=KVM is in use'] });
    expect((await failure(view(simulated.address))).message).toContain('KVM is in use');
  });

  it('wrong-password: accepts not even the right one', async () => {
    await using simulated = await start({ words: ['wrong-password'], password: 'secret99' });
    const error = await failure(view(simulated.address, { password: 'secret99' }));
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('hang-after-auth: never describes its screen', async () => {
    await using simulated = await start({ words: ['hang-after-auth'] });
    const error = await failure(view(simulated.address, { deadlineMs: 200 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('ServerInit') });
  });

  it('huge-screen: claims 65535 by 65535', async () => {
    await using simulated = await start({ words: ['huge-screen'] });
    const error = await failure(view(simulated.address));
    expect(error).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('65535x65535'),
    });
  });

  it('trickle: sends so many bytes at a time, and all of them', async () => {
    await using simulated = await start({ words: ['trickle=1/0'] });
    const viewer = await view(simulated.address);
    expect(viewer.serverInit).toMatchObject({ width: 1024, height: 768, name: 'node-07' });
    viewer.stream.destroy();
  });

  it.each([5, 13, 40, 100])('die-after: hangs up after exactly %i bytes', async (bytes) => {
    await using simulated = await start({ words: [`die-after=${bytes}`] });
    const socket = dial(simulated.address);
    // Everything a viewer says up to its first request, all at once: version, type None, ClientInit.
    socket.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1]), requestCorner]));
    expect((await take(socket, 1e9)).length).toBe(bytes);
  });

  it('exclusive: a new viewer throws out the one before it', async () => {
    await using simulated = await start({ words: ['exclusive'], maxSessions: 1 });
    const first = await view(simulated.address);
    const firstEnds = take(first.stream, 1e9);
    const second = await view(simulated.address);
    await firstEnds;
    second.stream.destroy();
  });

  it('on command: hangs up on everybody', async () => {
    await using simulated = await start();
    const viewer = await view(simulated.address);
    simulated.dropViewers();
    await take(viewer.stream, 1e9);
  });
});

/** Resolves when so many connections are left; the server notices a hang-up a moment after the viewer. */
async function untilSessions(simulated: { sessions: number }, count: number): Promise<void> {
  while (simulated.sessions !== count) await new Promise((resolve) => setImmediate(resolve));
}

function untilShown(machine: RunningMachine, text: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!text.test(machine.screen.text())) return;
      watching?.[Symbol.dispose]();
      resolve();
    };
    let watching: Disposable | undefined;
    watching = machine.watch(look);
    look();
  });
}
