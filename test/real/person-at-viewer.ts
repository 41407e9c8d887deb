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
  /**
   * Resolves when the window shows these pixels, 0x00RRGGBB, no colour further off than `tolerance` (0 unless told);
   * the difference is in the test's timeout.
   */
  sees(picture: () => Uint32Array, tolerance?: number): Promise<void>;
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
  /** Further options of the viewer. */
  readonly options: readonly string[];
  /** Path of TightVNC's viewer, to sit at that one instead of TigerVNC's. */
  readonly tightVnc?: string | undefined;
  /** Bits of a colour of the desktop that the viewer is on; 24 unless told. TightVNC asks for pixels like the desktop's. */
  readonly depth?: 16 | 24 | undefined;
}

/** Starts a desktop with the viewer on it, and waits for the window with the picture. */
export async function sitDown(seat: Seat): Promise<Person> {
  const desktop = await startTiger({
    securityTypes: 'None',
    geometry: '1100x850',
    depth: seat.depth ?? 24,
  });
  const dir = await mkdtemp(join(tmpdir(), 'simulator-viewer-'));
  await writeFile(join(dir, 'password'), obfuscate(seat.password), { mode: 0o600 });
  await writeFile(join(dir, 'ca.pem'), seat.ca);
  const env = { PATH: process.env.PATH ?? '', HOME: dir, DISPLAY: desktop.display! };
  const viewer = spawn(...commandOf(seat, dir), { env, stdio: 'ignore' });
  viewer.once('error', () => {});
  const xdotool = async (...args: string[]) => (await run('xdotool', args, { env })).stdout.trim();
  const window = await windowNamed(seat.name, xdotool, viewer);
  await xdotool('windowfocus', '--sync', window);

  return {
    type: async (text) => void (await xdotool('type', '--delay', '15', text)),
    press: async (...keys) => void (await xdotool('key', '--delay', '15', ...keys)),
    async click(x, y) {
      await xdotool('mousemove', '--window', window, String(x), String(y), 'click', '1');
    },
    async sees(picture, tolerance = 0) {
      for (;;) {
        const shot = await run('import', ['-window', window, '-depth', '8', 'rgb:-'], {
          env,
          encoding: 'buffer',
          maxBuffer: 16 * 1024 * 1024,
        });
        if (isNear(shot.stdout, rgbOf(picture()), tolerance)) return;
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

function commandOf({ port, options, tightVnc }: Seat, dir: string): [program: string, args: string[]] {
  const server = `127.0.0.1::${port}`;
  const password = join(dir, 'password');
  if (tightVnc) return [tightVnc, [...options, '-passwd', password, server]];
  const files = ['-PasswordFile', password, '-X509CA', join(dir, 'ca.pem')];
  const quiet = ['-AlertOnFatalError=0', '-ReconnectOnError=0', '-RemoteResize=0', '-FullColor=1'];
  return ['xtigervncviewer', [...options, ...files, ...quiet, '-AutoSelect=0', server]];
}

function isNear(shown: Buffer, wanted: Buffer, tolerance: number): boolean {
  return (
    shown.length === wanted.length && shown.every((value, at) => Math.abs(value - wanted[at]!) <= tolerance)
  );
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
