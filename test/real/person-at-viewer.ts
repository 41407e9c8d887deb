import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { obfuscate, startTiger } from '../harness/vnc-servers.ts';

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url));
const run = promisify(execFile);

/** A person at TigerVNC's viewer: looks at the simulated machine, types, points. */
export interface Person extends AsyncDisposable {
  type(text: string): Promise<void>;
  press(...keys: string[]): Promise<void>;
  /** Clicks a pixel of the machine's screen. */
  click(x: number, y: number): Promise<void>;
  /** Resolves when the window shows exactly these pixels, 0x00RRGGBB; the difference is in the test's timeout. */
  sees(picture: () => Uint32Array): Promise<void>;
  /** Keeps what is to be seen as `test/artifacts/<name>.png`. */
  photograph(name: string): Promise<void>;
}

/** Where a person sits down. */
export interface Seat {
  /** VNC server on 127.0.0.1. */
  readonly port: number;
  readonly password: string;
  /** Its desktop name, by which the window is found. */
  readonly name: string;
  /** PEM that the viewer trusts. */
  readonly ca: string;
  /** Further options of xtigervncviewer. */
  readonly options: readonly string[];
}

/** Starts a desktop with the viewer on it, and waits for the window with the picture. */
export async function sitDown({ port, password, name, ca, options }: Seat): Promise<Person> {
  const desktop = await startTiger({ securityTypes: 'None', geometry: '1100x850' });
  const dir = await mkdtemp(join(tmpdir(), 'simulator-viewer-'));
  await writeFile(join(dir, 'password'), obfuscate(password), { mode: 0o600 });
  await writeFile(join(dir, 'ca.pem'), ca);
  const env = { PATH: process.env.PATH ?? '', HOME: dir, DISPLAY: desktop.display! };
  const files = ['-PasswordFile', join(dir, 'password'), '-X509CA', join(dir, 'ca.pem')];
  const quiet = ['-AlertOnFatalError=0', '-ReconnectOnError=0', '-RemoteResize=0', '-FullColor=1'];
  const viewer = spawn(
    'xtigervncviewer',
    [...options, ...files, ...quiet, '-AutoSelect=0', `127.0.0.1::${port}`],
    { env, stdio: 'ignore' },
  );
  viewer.once('error', () => {});
  const xdotool = async (...args: string[]) => (await run('xdotool', args, { env })).stdout.trim();
  const window = await windowNamed(name, xdotool, viewer);
  await xdotool('windowfocus', '--sync', window);

  return {
    type: async (text) => void (await xdotool('type', '--delay', '15', text)),
    press: async (...keys) => void (await xdotool('key', '--delay', '15', ...keys)),
    async click(x, y) {
      await xdotool('mousemove', '--window', window, String(x), String(y), 'click', '1');
    },
    async sees(picture) {
      for (;;) {
        const shot = await run('import', ['-window', window, '-depth', '8', 'rgb:-'], {
          env,
          encoding: 'buffer',
          maxBuffer: 16 * 1024 * 1024,
        });
        if (shot.stdout.equals(rgbOf(picture()))) return;
      }
    },
    async photograph(name) {
      await mkdir(artifacts, { recursive: true });
      await run('import', ['-window', window, join(artifacts, `${name}.png`)], { env });
    },
    async [Symbol.asyncDispose]() {
      viewer.kill('SIGKILL');
      await desktop[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function windowNamed(
  name: string,
  xdotool: (...args: string[]) => Promise<string>,
  viewer: { exitCode: number | null },
): Promise<string> {
  while (viewer.exitCode === null) {
    const found = await xdotool('search', '--onlyvisible', '--name', name).catch(() => '');
    const [window] = found.split('\n');
    if (window) return window;
  }
  throw new Error('xtigervncviewer ended before it showed the screen');
}

function rgbOf(pixels: Uint32Array): Buffer {
  const rgb = Buffer.alloc(pixels.length * 3);
  for (let i = 0; i < pixels.length; i++) rgb.writeUIntBE(pixels[i]!, 3 * i, 3);
  return rgb;
}
