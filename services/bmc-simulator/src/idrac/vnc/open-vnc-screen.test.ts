import { createServer, type Socket } from 'node:net';
import { createFramebuffer, createFramebufferServer } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../../testing.ts';
import { openVncScreen, type VncScreenOptions } from './open-vnc-screen.ts';
import { failure, until } from './testing.ts';

/** A VNC server with a small screen, whose cable can be pulled. */
async function startServer(password?: string) {
  const framebuffer = createFramebuffer(64, 48);
  framebuffer.fill({ x: 4, y: 4, width: 20, height: 10 }, 0x123456);
  const keys: string[] = [];
  const clicks: string[] = [];
  const sockets = new Set<Socket>();
  const screen = createFramebufferServer({
    framebuffer,
    accept: password ? { security: ['VNC'], expected: { password } } : {},
    onKey: (keysym, down) => keys.push(`${down ? '+' : '-'}${keysym.toString(16)}`),
    onPointer: (x, y, mask) => clicks.push(`${x},${y},${mask}`),
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    screen.serve(socket).catch(() => {});
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as { port: number };
  const unplug = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    framebuffer,
    keys,
    clicks,
    screen,
    port,
    unplug,
    plug: () => listen(port),
    async [Symbol.asyncDispose]() {
      if (server.listening) await unplug();
    },
  };
}

const open = (port: number, options: Partial<VncScreenOptions> = {}) =>
  openVncScreen({ host: '127.0.0.1', port, ...options });

const same = (a: { pixels: Uint32Array }, b: { pixels: Uint32Array }) =>
  Buffer.from(a.pixels.buffer).equals(Buffer.from(b.pixels.buffer));

describe('openVncScreen', () => {
  it('mirrors what the server shows while somebody looks, also another size', async () => {
    await using server = await startServer('secret99');
    await using mirror = await open(server.port, { password: 'secret99' });
    const areas: unknown[] = [];
    mirror.framebuffer.subscribe((change) => areas.push(change));
    using _looking = mirror.look();
    await until(() => same(mirror.framebuffer, server.framebuffer));
    server.framebuffer.fill({ x: 30, y: 30, width: 5, height: 6 }, 0xff0000);
    await until(() => same(mirror.framebuffer, server.framebuffer));
    expect(areas).toContainEqual({ kind: 'area', rect: { x: 30, y: 30, width: 5, height: 6 } });
    server.framebuffer.resize(80, 50);
    server.framebuffer.fill({ x: 70, y: 40, width: 9, height: 9 }, 0x00ff00);
    await until(() => mirror.framebuffer.width === 80 && same(mirror.framebuffer, server.framebuffer));
  });

  it('takes the picture once and rests while nobody looks', async () => {
    await using server = await startServer();
    await using mirror = await open(server.port);
    await until(() => same(mirror.framebuffer, server.framebuffer));
    server.framebuffer.fill({ x: 0, y: 0, width: 1, height: 1 }, 0xffffff);
    mirror.key(0x61, true);
    await until(() => server.keys.length === 1);
    expect(mirror.framebuffer.pixels[0]).toBe(0);
    const looking = mirror.look();
    await until(() => mirror.framebuffer.pixels[0] === 0xffffff);
    looking[Symbol.dispose]();
  });

  it('hands on keys and pointer, and lets go of what is held', async () => {
    await using server = await startServer();
    await using mirror = await open(server.port);
    mirror.key(0xffe3, true);
    mirror.key(0x61, true);
    mirror.key(0x61, false);
    mirror.pointer(7, 9, 1);
    mirror.releaseInput();
    await until(() => server.clicks.length === 2);
    expect(server.keys).toEqual(['+ffe3', '+61', '-61', '-ffe3']);
    expect(server.clicks).toEqual(['7,9,1', '7,9,0']);
  });

  it('comes back when the server does, and shows what it shows then', async () => {
    const clock = manualClock();
    const problems: string[] = [];
    await using server = await startServer();
    await using mirror = await open(server.port, { clock, onProblem: (text) => problems.push(text) });
    using _looking = mirror.look();
    await server.unplug();
    await until(() => clock.waiting === 1);
    expect(mirror.connected).toBe(false);
    mirror.key(0x61, true);
    clock.advance(250);
    await until(() => clock.waiting === 1);
    expect(problems.at(-1)).toContain('ECONNREFUSED');
    await server.plug();
    server.framebuffer.fill({ x: 1, y: 1, width: 3, height: 3 }, 0x0000ff);
    clock.advance(500);
    await until(() => mirror.connected && same(mirror.framebuffer, server.framebuffer));
    expect(server.keys).toEqual([]);
  });

  it('gives up after so many attempts in a row', async () => {
    const clock = manualClock();
    const problems: string[] = [];
    await using server = await startServer();
    await using _mirror = await open(server.port, {
      clock,
      maxAttempts: 2,
      onProblem: (text) => problems.push(text),
    });
    await server.unplug();
    for (let attempt = 0; attempt < 2; attempt++) {
      await until(() => clock.waiting === 1);
      clock.advance(10_000);
    }
    await until(() => problems.some((text) => /no answer to 2 attempts/.test(text)));
    expect(clock.waiting).toBe(0);
  });

  it('fails at once with a wrong password', async () => {
    await using server = await startServer('secret99');
    expect(await failure(open(server.port, { password: 'wrong' }))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    });
  });
});
