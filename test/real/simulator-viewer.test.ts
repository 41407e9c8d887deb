import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type SimulatedMachine, startSimulatedMachine } from '@consolemesh/bmc-simulator';
import { selfSigned } from '@consolemesh/bytes/testing';
import { describe, expect, it } from 'vitest';
import { obfuscate, startTiger } from '../harness/vnc-servers.ts';

const password = 'Kx4-zz9q';
const tls = selfSigned('127.0.0.1');
const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url));
const run = promisify(execFile);

/** A person at TigerVNC's viewer: looks at the simulated machine, types, points. */
interface Person extends AsyncDisposable {
  type(text: string): Promise<void>;
  press(...keys: string[]): Promise<void>;
  /** Clicks a pixel of the machine's screen. */
  click(x: number, y: number): Promise<void>;
  /** Resolves when the window shows exactly what the machine shows; the difference is in the test's timeout. */
  sees(simulated: SimulatedMachine): Promise<void>;
  /** Keeps what is to be seen as `test/artifacts/<name>.png`. */
  photograph(name: string): Promise<void>;
}

async function sitDown(simulated: SimulatedMachine, options: string[]): Promise<Person> {
  const desktop = await startTiger({ securityTypes: 'None', geometry: '1100x850' });
  const dir = await mkdtemp(join(tmpdir(), 'simulator-viewer-'));
  await writeFile(join(dir, 'password'), obfuscate(password), { mode: 0o600 });
  await writeFile(join(dir, 'ca.pem'), tls.cert);
  const env = { PATH: process.env.PATH ?? '', HOME: dir, DISPLAY: desktop.display! };
  const files = ['-PasswordFile', join(dir, 'password'), '-X509CA', join(dir, 'ca.pem')];
  const quiet = ['-AlertOnFatalError=0', '-ReconnectOnError=0', '-RemoteResize=0', '-FullColor=1'];
  const viewer = spawn(
    'xtigervncviewer',
    [...options, ...files, ...quiet, '-AutoSelect=0', `127.0.0.1::${simulated.address.port}`],
    { env, stdio: 'ignore' },
  );
  viewer.once('error', () => {});
  const xdotool = async (...args: string[]) => (await run('xdotool', args, { env })).stdout.trim();
  const window = await windowNamed(simulated.machine.identity.name, xdotool, viewer);
  await xdotool('windowfocus', '--sync', window);

  return {
    type: async (text) => void (await xdotool('type', '--delay', '15', text)),
    press: async (...keys) => void (await xdotool('key', '--delay', '15', ...keys)),
    async click(x, y) {
      await xdotool('mousemove', '--window', window, String(x), String(y), 'click', '1');
    },
    async sees({ picture }) {
      for (;;) {
        const shot = await run('import', ['-window', window, '-depth', '8', 'rgb:-'], {
          env,
          encoding: 'buffer',
          maxBuffer: 16 * 1024 * 1024,
        });
        if (shot.stdout.equals(rgbOf(picture().pixels))) return;
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

/** Resolves when the machine's screen shows this text. */
function shows({ machine }: SimulatedMachine, text: string | RegExp): Promise<void> {
  return new Promise((resolve) => {
    let watching: Disposable | undefined;
    const look = () => {
      const shown = machine.screen.text();
      if (typeof text === 'string' ? !shown.includes(text) : !text.test(shown)) return;
      watching?.[Symbol.dispose]();
      resolve();
    };
    watching = machine.watch(look);
    look();
  });
}

describe('a person at the viewer of TigerVNC', () => {
  it.each([
    ['None, Raw', ['None' as const], ['-SecurityTypes=None', '-PreferredEncoding=Raw']],
    ['VNC, Hextile', ['VNC' as const], ['-SecurityTypes=VncAuth', '-PreferredEncoding=Hextile']],
    ['X509Vnc, Hextile', ['X509Vnc' as const], ['-SecurityTypes=X509Vnc', '-PreferredEncoding=Hextile']],
  ])('logs in and works in the shell (%s)', async (_name, security, options) => {
    await using simulated = await startSimulatedMachine({
      name: 'node-07',
      stage: 'console',
      security,
      password,
      tls,
    });
    await using person = await sitDown(simulated, options);
    await person.type('root');
    await person.press('Return', 'Return');
    await person.type('uname -a');
    await person.press('Return');
    await shows(simulated, 'x86_64 GNU/Linux');
    await person.sees(simulated);
  });

  it('enters the set-up menu during the self test, opens a tab by clicking, changes a value, and saves', async () => {
    await using simulated = await startSimulatedMachine({ name: 'node-07' });
    await using person = await sitDown(simulated, ['-SecurityTypes=None', '-PreferredEncoding=Hextile']);
    simulated.machine.setPower('reset');
    await shows(simulated, 'Memory');
    await person.photograph('simulator-post');
    await person.press('F2');
    await shows(simulated, 'Serial number');
    await person.click(168, 72);
    await shows(simulated, 'Virtualisation');
    await person.press('Down');
    await person.press('Return');
    await shows(simulated, 'Simultaneous threads');
    await person.press('Down', 'Return');
    await shows(simulated, /Simultaneous threads\s+\[Disabled\]/);
    await person.sees(simulated);
    await person.photograph('simulator-setup');
    await person.press('F10', 'Return');
    await shows(simulated, 'Memory');
    expect(simulated.machine.stage).toBe('post');
  });
});
