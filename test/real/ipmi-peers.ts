import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pingBmc } from '@consolemesh/ipmi';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/free-ports.ts';

export const user = 'ipmiusr';
export const password = 'test';

/** Somebody at a terminal with a program that was not written here. */
export interface Terminal extends AsyncDisposable {
  type(text: string): void;
  /** What the program has shown so far. */
  shown(): string;
  /** Waits until it shows this. */
  sees(text: string): Promise<void>;
  readonly exited: Promise<number>;
}

/** Runs a command in a terminal of its own: both clients insist on one. */
export function sitDown(command: string): Terminal {
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: 'pipe' });
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      shown += chunk.toString('latin1');
    });
  }
  child.stdin.on('error', () => {});
  const exited = once(child, 'exit').then(([code]) => (code ?? -1) as number);
  return {
    type: (text) => void child.stdin.write(text),
    shown: () => shown,
    sees: async (text) => {
      await eventually(
        () => shown,
        (s) => s.includes(text),
        { what: `"${text}" on the terminal` },
      );
    },
    exited,
    async [Symbol.asyncDispose]() {
      await end(child);
    },
  };
}

/** A free port below 32768: FreeIPMI keeps ports in 16 bits with a sign. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const socket = createSocket('udp4');
    const free = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** One ipmitool command; answers what it printed. @throws with both outputs when it fails */
export async function ipmitool(port: number, suite: number, ...args: string[]): Promise<string> {
  const base = [
    '-I',
    'lanplus',
    '-H',
    '127.0.0.1',
    '-p',
    `${port}`,
    '-U',
    user,
    '-P',
    password,
    '-C',
    `${suite}`,
  ];
  const { stdout, stderr } = await promisify(execFile)('ipmitool', [...base, ...args], { timeout: 60_000 });
  return stdout + stderr;
}

/** OpenIPMI's simulator, whose serial port is a TCP connection to here. */
export interface IpmiSim extends AsyncDisposable {
  readonly port: number;
  /** The machine's side of the serial port. */
  readonly serial: Socket;
}

export async function startIpmiSim(): Promise<IpmiSim> {
  const dir = await mkdtemp(join(tmpdir(), 'consolemesh-ipmi-'));
  const port = await freePort();
  const machine = createServer();
  await once(machine.listen(0, '127.0.0.1'), 'listening');
  const { port: serialPort } = machine.address() as { port: number };
  await writeIpmiSim(dir, port, serialPort);
  const connected = once(machine, 'connection') as Promise<[Socket]>;
  const [program, ...args] = ipmiSimCommand;
  const child = spawn(program, args, {
    cwd: dir,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const died = once(child, 'exit').then(() => {
    throw new Error('ipmi_sim ended: is the package openipmi installed?');
  });
  const [serial] = await Promise.race([connected, died]);
  died.catch(() => {});
  serial.on('error', () => {});
  await eventually(() => pingBmc({ host: '127.0.0.1', port, tries: 1 }).catch(() => undefined));
  return {
    port,
    serial,
    async [Symbol.asyncDispose]() {
      await end(child);
      serial.destroy();
      machine.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** How it is run in the folder that `writeIpmiSim` has filled. */
export const ipmiSimCommand = ['ipmi_sim', '-c', 'lan.conf', '-f', 'sim.emu', '-s', 'state', '-n'] as const;

/** Writes what it reads: it dials the serial port, by TCP, when it starts, and then every ten seconds until somebody listens. */
export async function writeIpmiSim(dir: string, port: number, serialPort: number): Promise<void> {
  await mkdir(join(dir, 'state'), { recursive: true });
  await writeFile(join(dir, 'lan.conf'), lanConf(port, serialPort));
  await writeFile(join(dir, 'sim.emu'), EMULATOR);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const lanConf = (port: number, serialPort: number) => `name "meshsim"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  sol "tcp:127.0.0.1:${serialPort}" 115200
  startnow false
  user 1 true  ""        "${password}" user  10 none md2 md5 straight
  user 2 true  "${user}" "${password}" admin 10 none md2 md5 straight
`;

const EMULATOR = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;
