import { type ChildProcess, spawn } from 'node:child_process';
import { createCipheriv, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-ports.ts';

/** A VNC server that was not written here, running on a loopback port until it is disposed. */
export interface RealVncServer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** X display of Xtigervnc, for xdotool and the like. */
  readonly display?: string;
  readonly pid: number;
  /** What it has printed so far, for failure texts. */
  output(): string;
}

export interface Certificate {
  key: string;
  cert: string;
}

export interface TigerOptions {
  /** As for -SecurityTypes: None, VncAuth, TLSNone, TLSVnc, X509None, X509Vnc, … in order of preference. */
  securityTypes: string;
  password?: string;
  x509?: Certificate;
  /** Default 320x200. */
  geometry?: string;
  /** Default 24. */
  depth?: 16 | 24 | 32;
  name?: string;
  /** Failures from one address before it is locked out. Default: never. */
  blacklistThreshold?: number;
  /** Anything else Xtigervnc knows. */
  args?: string[];
}

/** TigerVNC's X server: an empty X screen that speaks VNC. */
export function startTiger(options: TigerOptions): Promise<RealVncServer> {
  return start('Xtigervnc', 'tigervnc-standalone-server', async (port, dir) => {
    const display = `:${randomInt(2_000, 60_000)}`;
    const { password, x509, blacklistThreshold } = options;
    const args = [display, '-rfbport', `${port}`, '-interface', '127.0.0.1', '-ac', '-nolisten', 'tcp'];
    args.push('-geometry', options.geometry ?? '320x200', '-depth', `${options.depth ?? 24}`);
    args.push('-desktop', options.name ?? 'tiger', '-SecurityTypes', options.securityTypes);
    if (password !== undefined) {
      args.push('-PasswordFile', await write(dir, 'password', obfuscate(password)));
    }
    if (x509 !== undefined) {
      args.push(
        '-X509Key',
        await write(dir, 'key.pem', x509.key),
        '-X509Cert',
        await write(dir, 'cert.pem', x509.cert),
      );
    }
    args.push(
      ...(blacklistThreshold === undefined
        ? ['-UseBlacklist', '0']
        : ['-BlacklistThreshold', `${blacklistThreshold}`]),
    );
    return { args: [...args, ...(options.args ?? [])], display };
  });
}

export interface X11vncOptions {
  password?: string;
  /** The version it announces, e.g. 3.3. Default 3.8. */
  rfbVersion?: string;
  /** Show this display instead of an empty picture. */
  display?: string;
  args?: string[];
}

/** x11vnc (libvncserver), by default without an X server: it shows an empty picture. */
export function startX11vnc(options: X11vncOptions = {}): Promise<RealVncServer> {
  return start('x11vnc', 'x11vnc', async (port, dir) => {
    const args = [
      '-rfbport',
      `${port}`,
      '-listen',
      '127.0.0.1',
      '-no6',
      '-noipv6',
      '-forever',
      '-shared',
      '-quiet',
    ];
    args.push(...(options.display === undefined ? ['-rawfb', 'null'] : ['-display', options.display]));
    if (options.password === undefined) args.push('-nopw');
    else args.push('-rfbauth', await write(dir, 'password', obfuscate(options.password)));
    if (options.rfbVersion !== undefined) args.push('-rfbversion', options.rfbVersion);
    return { args: [...args, ...(options.args ?? [])] };
  });
}

export interface QemuOptions {
  password?: string;
  /** VeNCrypt with this certificate; with a password X509Vnc, else X509None. */
  x509?: Certificate;
  /** VeNCrypt without a certificate (TLSVnc or TLSNone). */
  anonymousTls?: boolean;
  args?: string[];
}

/** For `args` of QEMU: its BIOS waits a minute for Escape, which opens a menu of two boot devices. */
export const qemuBootMenu = [
  '-boot',
  'menu=on,splash-time=60000',
  '-drive',
  'if=ide,format=raw,file.driver=null-co',
  '-drive',
  'if=ide,format=raw,file.driver=null-co',
];

/** QEMU showing the BIOS of a machine without disks (software emulation, a few MiB). */
export function startQemu(options: QemuOptions = {}): Promise<RealVncServer> {
  return start('qemu-system-x86_64', 'qemu-system-x86', async (port, dir) => {
    // QEMU counts displays from 5900 up.
    const vnc = [`127.0.0.1:${port - 5900}`];
    const args = ['-M', 'pc', '-accel', 'tcg', '-m', '16', '-nodefaults', '-vga', 'std', '-monitor', 'none'];
    if (options.password !== undefined) {
      args.push('-object', `secret,id=password,file=${await write(dir, 'password', options.password)}`);
      vnc.push('password-secret=password');
    }
    if (options.x509 !== undefined) {
      await write(dir, 'server-key.pem', options.x509.key);
      await write(dir, 'server-cert.pem', options.x509.cert);
      await write(dir, 'ca-cert.pem', options.x509.cert);
      args.push(
        '-object',
        `tls-creds-x509,id=tls,dir=${dir},endpoint=server,verify-peer=off,sanity-check=off`,
      );
      vnc.push('tls-creds=tls');
    } else if (options.anonymousTls) {
      args.push('-object', 'tls-creds-anon,id=tls,endpoint=server');
      vnc.push('tls-creds=tls');
    }
    return { args: [...args, '-vnc', vnc.join(','), ...(options.args ?? [])] };
  });
}

const START_MS = 30_000;
const ATTEMPTS = 4;

/** Starts a program and waits for its RFB banner; another port and display when the first were taken. */
async function start(
  program: string,
  debianPackage: string,
  prepare: (port: number, dir: string) => Promise<{ args: string[]; display?: string }>,
): Promise<RealVncServer> {
  for (let attempt = 1; ; attempt++) {
    const dir = await mkdtemp(join(tmpdir(), 'vnc-server-'));
    // QEMU takes ports from 5900 on; what the kernel gives lies far above.
    const port = await freePort();
    const { args, display } = await prepare(port, dir);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)));
    const stop = async () => {
      await kill(child);
      await rm(dir, { recursive: true, force: true });
    };
    try {
      await bannerOf(child, program, debianPackage, port);
    } catch (error) {
      await stop();
      if ((error as { missing?: boolean }).missing || attempt === ATTEMPTS) {
        throw new Error(`${(error as Error).message}\n${output.join('').slice(-2_000)}`);
      }
      continue;
    }
    return {
      host: '127.0.0.1',
      port,
      pid: child.pid as number,
      output: () => output.join(''),
      [Symbol.asyncDispose]: stop,
      ...(display !== undefined && { display }),
    };
  }
}

/** Resolves once the server has greeted. Its process listens before it is ready, so a connection alone says nothing. */
async function bannerOf(
  child: ChildProcess,
  program: string,
  debianPackage: string,
  port: number,
): Promise<void> {
  let ended: Error | undefined;
  child.once('error', () => {
    const text = `${program} is not installed; as root: apt-get install -y --no-install-recommends ${debianPackage}`;
    ended = Object.assign(new Error(text), { missing: true });
  });
  child.once('exit', (code) => {
    ended ??= new Error(`${program} ended with ${code} before it greeted`);
  });
  const giveUp = Date.now() + START_MS;
  for (;;) {
    if (await greets(port)) return;
    if (ended !== undefined) throw ended;
    if (Date.now() > giveUp) throw new Error(`${program} did not greet within ${START_MS} ms`);
    // Between two polls of something outside this process; nothing is asserted on it.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(2_000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('data', (bytes) => done(bytes.toString('latin1').startsWith('RFB ')));
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await exit;
  clearTimeout(force);
}

async function write(dir: string, name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

/** The format of VNC password files: DES of the padded password under a key that every VNC server knows. */
export function obfuscate(password: string): Buffer {
  const key = Buffer.from('e84ad660c4721ae0', 'hex');
  const padded = Buffer.alloc(8);
  Buffer.from(password).copy(padded, 0, 0, 8);
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]);
}
