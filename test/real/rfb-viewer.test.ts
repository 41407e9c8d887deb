import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { selfSigned } from '@consolemesh/bytes/testing';
import {
  type AcceptOptions,
  createFramebuffer,
  createFramebufferServer,
  refuseClient,
  type SecurityName,
} from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { obfuscate, startTiger } from '../harness/vnc-servers.ts';

const password = 'Kx4-zz9q';
const x509 = selfSigned('127.0.0.1');

/** TigerVNC's viewer on an X display of its own. */
async function startViewer(
  port: number,
  securityTypes: string,
): Promise<AsyncDisposable & { display: string; output(): string; ended: Promise<unknown> }> {
  const desktop = await startTiger({ securityTypes: 'None', geometry: '800x600' });
  const dir = await mkdtemp(join(tmpdir(), 'vnc-viewer-'));
  await writeFile(join(dir, 'password'), obfuscate(password), { mode: 0o600 });
  await writeFile(join(dir, 'ca.pem'), x509.cert);
  const output: string[] = [];
  const viewer: ChildProcess = spawn(
    'xtigervncviewer',
    // biome-ignore format: option and value in pairs
    ['-SecurityTypes', securityTypes, '-PasswordFile', join(dir, 'password'), '-X509CA', join(dir, 'ca.pem'),
      '-AlertOnFatalError=0', '-ReconnectOnError=0', '-RemoteResize=0', '-AutoSelect=0', '-FullColor=1', '-PreferredEncoding=Hextile', `127.0.0.1::${port}`],
    {
      env: { PATH: process.env.PATH ?? '', HOME: dir, DISPLAY: desktop.display! },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  viewer.once('error', () =>
    output.push('xtigervncviewer is not installed; as root: apt-get install tigervnc-viewer'),
  );
  for (const stream of [viewer.stdout, viewer.stderr])
    stream?.on('data', (text) => output.push(String(text)));
  return {
    display: desktop.display!,
    output: () => output.join(''),
    ended: once(viewer, 'exit'),
    async [Symbol.asyncDispose]() {
      viewer.kill('SIGKILL');
      await desktop[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const run = promisify(execFile);

/** Points into the picture and presses Return until it has arrived: the window may not be there yet. */
async function typeInto(display: string, arrived: () => boolean): Promise<void> {
  while (!arrived()) {
    await run('xdotool', ['mousemove', '200', '150', 'click', '1', 'key', 'Return'], {
      env: { ...process.env, DISPLAY: display },
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** RRGGBB of one pixel of the display. */
async function colourAt(display: string, x: number, y: number): Promise<string> {
  const args = [
    '-window',
    'root',
    '-display',
    display,
    '-depth',
    '8',
    '-crop',
    `1x1+${x}+${y}`,
    '-format',
    '%[hex:p{0,0}]',
    'info:',
  ];
  return (await run('import', args)).stdout.trim().slice(0, 6);
}

describe('our framebuffer server and the viewer of TigerVNC', () => {
  const cases: [SecurityName, string][] = [
    ['None', 'None'],
    ['VNC', 'VncAuth'],
    ['TLSNone', 'TLSNone'],
    ['TLSVnc', 'TLSVnc'],
    ['X509None', 'X509None'],
    ['X509Vnc', 'X509Vnc'],
  ];
  it.each(cases)('agree on %s: picture, key and pointer', async (name, securityTypes) => {
    const seen = { keys: new Set<number>(), clicks: 0 };
    const framebuffer = createFramebuffer(400, 300);
    framebuffer.fill({ x: 0, y: 0, width: 400, height: 300 }, 0x2040c0);
    await using server = createFramebufferServer({
      framebuffer,
      onKey: (keysym) => seen.keys.add(keysym),
      onPointer: (_x, _y, mask) => {
        seen.clicks += mask & 1;
      },
    });
    const accept: AcceptOptions = { security: [name], expected: { password }, tls: x509 };
    const errors: unknown[] = [];
    const listener = createServer(
      (socket) => void server.serve(socket, accept).catch((error) => errors.push(error)),
    );
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    await using viewer = await startViewer((listener.address() as AddressInfo).port, securityTypes);
    let ended = false;
    void viewer.ended.then(() => {
      ended = true;
    });
    await typeInto(viewer.display, () => ended || (seen.keys.has(0xff0d) && seen.clicks > 0));
    listener.close();
    expect({ errors, ended, output: ended ? viewer.output() : '' }).toEqual({
      errors: [],
      ended: false,
      output: '',
    });
    // For its first seconds the viewer lays a hint about its menu over the picture.
    await expect.poll(() => colourAt(viewer.display, 100, 100), { timeout: 15_000 }).toBe('2040C0');
  });

  it('a refused viewer shows the reason', async () => {
    const listener = createServer((socket) => void refuseClient(socket, 'CONSOLE_IN_USE by operator')).listen(
      0,
      '127.0.0.1',
    );
    await once(listener, 'listening');
    await using viewer = await startViewer((listener.address() as AddressInfo).port, 'None');
    await viewer.ended;
    expect(viewer.output()).toMatch(/CONSOLE_IN_USE by operator/);
    listener.close();
  });
});
