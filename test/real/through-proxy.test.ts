import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { selfSigned } from '@consolemesh/bytes/testing';
import { type Console, ObservedState } from '@consolemesh/contracts/conductor';
import { EndpointKind } from '@consolemesh/contracts/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { type OpenConsole, openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';
import {
  qemuBootMenu,
  type RealVncServer,
  startQemu,
  startTiger,
  startX11vnc,
} from '../harness/vnc-servers.ts';

const x509 = selfSigned();
const pin = new X509Certificate(x509.cert).fingerprint256;
const password = 'Kx4-zz9q';
const secrets = { vnc_password: password };
const routes = ['direct', 'relay'] as const;
let mesh: Mesh;
let user: User;
let count = 0;

beforeAll(async () => {
  mesh = await startMesh({ fakeDrivers: 0, providers: 0 });
  user = createUser(mesh);
});
afterAll(() => mesh?.[Symbol.asyncDispose]());

interface Wish {
  readonly info?: Record<string, string>;
  readonly secrets?: Record<string, string>;
  readonly route?: 'direct' | 'relay';
}

/** Makes a node of a server and enables its console. */
async function enable(port: number, { info = {}, route = 'direct', ...wish }: Wish = {}): Promise<Console> {
  const address = { vnc_address: '127.0.0.1', vnc_port: `${port}` };
  const name = `real-${++count}`;
  await user.node(name, { driver: 'vnc', info: { ...address, ...info }, secrets: wish.secrets ?? {}, route });
  return user.enable(name);
}

/** Enables the console of a server, which has to become READY, and opens it as a page does. */
async function open(server: RealVncServer, wish: Wish): Promise<OpenConsole> {
  const { nodeName, observed, lastError, endpointKind } = await enable(server.port, wish);
  expect({ observed, lastError }).toEqual({ observed: ObservedState.READY, lastError: undefined });
  expect(endpointKind).toBe(wish.route === 'relay' ? EndpointKind.RELAY : EndpointKind.TCP);
  const { url } = await user.link(nodeName);
  return openConsole(url);
}

/** Keys that reach the screen of an X server, by xev: `KeyPress` and the name of the key. */
function watchKeys(display: string): { readonly pressed: string[] } & Disposable {
  const xev = spawn('xev', ['-root', '-event', 'keyboard'], {
    env: { PATH: process.env.PATH, DISPLAY: display },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pressed: string[] = [];
  let kind = '';
  let rest = '';
  xev.stdout.on('data', (text: Buffer) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      kind = /^(Key\w+) event/.exec(line)?.[1] ?? kind;
      const name = /keysym 0x\w+, (\w+)\)/.exec(line)?.[1];
      if (name !== undefined && kind === 'KeyPress') pressed.push(name);
    }
  });
  return { pressed, [Symbol.dispose]: () => void xev.kill('SIGKILL') };
}

/** Presses a key until it is seen: xev may still be starting. */
async function keyArrives(console: OpenConsole, display: string | undefined): Promise<void> {
  using keys = watchKeys(display ?? '');
  await eventually(
    () => {
      console.press('q'.charCodeAt(0));
      return keys.pressed;
    },
    (pressed) => pressed.includes('q'),
    { what: 'a key at the X server' },
  );
}

describe('TigerVNC through driver, conductor, token service and proxy', () => {
  const types: [string, Wish][] = [
    ['None', { info: { vnc_security: 'none' } }],
    ['VncAuth', { info: { vnc_security: 'vnc' }, secrets }],
    ['TLSVnc', { info: { vnc_security: 'tls-vnc' }, secrets }],
    ['X509Vnc', { info: { vnc_security: 'x509-vnc', vnc_ca: x509.cert }, secrets }],
    ['X509Vnc', { info: { vnc_security: 'x509-vnc', vnc_pin: pin }, secrets }],
    ['X509Vnc', { info: { vnc_security: 'x509-vnc', vnc_verify: 'none' }, secrets }],
  ];
  const cases = types.flatMap(([type, wish]) =>
    routes.map((route) => [type, Object.keys(wish.info ?? {}).at(-1) ?? '', route, wish] as const),
  );

  it.each(cases)('shows its screen and gets keys: %s (%s), %s', async (securityTypes, how, route, wish) => {
    await using server = await startTiger({ securityTypes, password, x509 });
    using console = await open(server, { ...wish, route });
    const unverifiedTls = how === 'vnc_verify' || securityTypes === 'TLSVnc';
    expect(console.opened).toMatchObject({ role: 'control', unverifiedTls });
    expect(console.serverInit).toMatchObject({ width: 320, height: 200 });
    expect((await console.screen()).length).toBe(320 * 200 * 4);
    await keyArrives(console, server.display);
  });
});

describe('x11vnc through the mesh', () => {
  const plain = { info: { vnc_security: 'none' } };
  const secured = { info: { vnc_security: 'vnc' }, secrets };
  const cases = routes.flatMap((route) => [
    ['without a password', route, {}, plain] as const,
    ['with VncAuth', route, { password }, secured] as const,
    ['that insists on version 3.3', route, { password, rfbVersion: '3.3' }, secured] as const,
  ]);

  it.each(cases)('%s shows its screen and gets keys, %s', async (_name, route, options, wish) => {
    await using screen = await startTiger({ securityTypes: 'None' });
    await using server = await startX11vnc({ ...options, display: screen.display ?? '' });
    using console = await open(server, { ...wish, route });
    expect((await console.screen()).length).toBe(320 * 200 * 4);
    await keyArrives(console, screen.display);
  });
});

describe('QEMU through the mesh', () => {
  const cases = routes.flatMap((route) => [
    ['a password', route, { password }, { info: { vnc_security: 'vnc' }, secrets }] as const,
    [
      'VeNCrypt and X.509',
      route,
      { password, x509 },
      { info: { vnc_security: 'x509-vnc', vnc_pin: pin }, secrets },
    ] as const,
  ]);

  it.each(cases)(
    'shows its BIOS and gets the key for the boot menu: %s, %s',
    async (_name, route, options, wish) => {
      await using server = await startQemu({ ...options, args: qemuBootMenu });
      using console = await open(server, { ...wish, route });
      const waits = await eventually(
        () => ink(console),
        (size) => size > 1_000,
        { what: 'text of the BIOS' },
      );
      // Twice as much text as the two lines that ask for the key, which may come before the BIOS listens.
      await eventually(
        () => {
          console.press(0xff1b);
          return ink(console);
        },
        (size) => size > 2 * waits,
        { what: 'the boot menu' },
      );
    },
  );
});

/** How many pixels of the whole picture are not black. */
async function ink(console: OpenConsole): Promise<number> {
  const screen = await console.screen();
  let count = 0;
  for (let at = 0; at < screen.length; at += 4) if (screen.readUIntLE(at, 3) !== 0) count += 1;
  return count;
}

/** A wire before a server that counts who comes. */
async function startCounter(
  port: number,
): Promise<AsyncDisposable & { readonly port: number; came: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    self.came += 1;
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self = {
    port: (server.address() as AddressInfo).port,
    came: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

describe('a server that refuses', () => {
  it.each(routes)('a wrong password gets it once, until the credentials have changed (%s)', async (route) => {
    await using server = await startTiger({ securityTypes: 'VncAuth', password });
    await using wire = await startCounter(server.port);
    const info = { vnc_security: 'vnc' };
    const failed = await enable(wire.port, { info, secrets: { vnc_password: 'wrong' }, route });
    expect(failed.observed).toBe(ObservedState.FAILED);
    expect(failed.lastError?.reason).toBe('BMC_AUTHENTICATION_FAILED');
    expect(failed.nextAttemptAt).toBeUndefined();
    expect(wire.came).toBe(1);
    // Asking again, by the user or by the conductor itself, does not reach the server.
    await user.enable(failed.nodeName);
    await mesh.conductors[0]?.running.sweep();
    expect(wire.came).toBe(1);
    await expect(user.link(failed.nodeName)).rejects.toMatchObject({ reason: 'CONSOLE_NOT_READY' });

    const { nodeId: id } = failed;
    await user.nodes.updateNode({ node: { id, driverSecrets: secrets }, updateMask: ['driver_secrets'] });
    await eventually(
      () => user.console(id),
      ({ observed }) => observed === ObservedState.READY,
      { what: 'READY' },
    );
    const { url } = await user.link(id);
    using console = await openConsole(url);
    expect((await console.screen()).length).toBe(320 * 200 * 4);
  });

  it.each(routes)(
    'to be who the pin says is not spoken to, and its fingerprint is told (%s)',
    async (route) => {
      await using server = await startTiger({ securityTypes: 'X509Vnc', password, x509 });
      const info = { vnc_security: 'x509-vnc', vnc_pin: '00'.repeat(32) };
      const { observed, lastError } = await enable(server.port, { info, secrets, route });
      expect({ observed, reason: lastError?.reason }).toEqual({
        observed: ObservedState.FAILED,
        reason: 'BMC_CERTIFICATE_REFUSED',
      });
      const said = lastError?.message.replaceAll(':', '').toUpperCase();
      expect(said).toContain(pin.replaceAll(':', ''));
    },
  );
});
