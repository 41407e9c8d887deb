import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2, { type Algorithms, type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import type { Clock } from '../clock.ts';
import type { IdracUser } from '../idrac/bmc/types.ts';
import type { RunningMachine } from '../run-machine.ts';
import type { Listen } from '../vnc/start-vnc-face.ts';
import { hostKeyOf } from './host-key.ts';
import type { SshMisbehaviour } from './misbehaviour.ts';
import { serveShell } from './serve-shell.ts';

export interface SshFaceOptions {
  /** A free port of 127.0.0.1 unless told. */
  listen?: Listen | undefined;
  /** The object may be changed while it runs; host key, algorithms and kind of login count for connections that are new. */
  misbehave?: SshMisbehaviour | undefined;
}

/** What kind of BMC this is the SSH server of. */
export interface SshKind {
  users(): readonly IdracUser[];
  /** Its command line; without one the console is there at once. */
  commandLine?: { prompt: string; entry: string } | undefined;
  /** Keys that leave the console: `~.`, `\x1c`. */
  hotKey: string;
  /** Consoles at one time. */
  maxConsoles: number;
}

/** An SSH server that leads to the serial line of one machine. */
export interface SshFace extends AsyncDisposable {
  readonly address: Listen;
  /** SHA-256 of its host key, as ssh-keygen prints it: the same for the same name and seed. */
  readonly fingerprint: string;
  /** Consoles that are open. */
  readonly consoles: number;
  /** Hangs up on everybody. */
  dropAll(): void;
}

/** @throws when the address cannot be listened on */
export async function startSshFace(
  machine: RunningMachine,
  clock: Clock,
  kind: SshKind,
  { listen = { host: '127.0.0.1', port: 0 }, misbehave = {} }: SshFaceOptions = {},
): Promise<SshFace> {
  const { name, uuid } = machine.identity;
  const { privateKey, fingerprint } = hostKeyOf(`${name}/${uuid}`);
  const other = misbehave.otherHostKey ? hostKeyOf(`another than ${name}/${uuid}`).privateKey : undefined;
  const connections = new Set<Connection>();
  const consoles = new Set<object>();
  const take = () => {
    if (consoles.size >= kind.maxConsoles) return undefined;
    const place = {};
    consoles.add(place);
    return { [Symbol.dispose]: () => void consoles.delete(place) };
  };
  const { hotKey, commandLine } = kind;
  const shell = { line: machine.serial, clock, misbehave, commandLine, hotKey: Buffer.from(hotKey), take };

  const server = new ssh2.Server(
    { hostKeys: [other ?? privateKey], ...(misbehave.oldAlgorithms && { algorithms: old }) },
    (connection) => {
      connections.add(connection);
      connection.on('error', () => {});
      connection.once('close', () => connections.delete(connection));
      connection.on('authentication', (attempt) => judge(attempt, kind.users(), misbehave));
      connection.on('ready', () => {
        connection.on('session', (accept) => {
          const session = accept();
          session.on('pty', (ok) => ok?.());
          session.on('window-change', (ok) => ok?.());
          const open = (ok: () => ServerChannel, no: (() => void) | undefined, command?: string) =>
            misbehave.noShell ? no?.() : serveShell(ok(), shell, command);
          session.on('shell', (ok, no) => open(ok, no));
          session.on('exec', (ok, no, { command }) => open(ok, no, command));
        });
      });
    },
  );
  const dropAll = () => {
    for (const connection of connections) connection.end();
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
  return {
    address: { host: listen.host, port: (server.address() as AddressInfo).port },
    fingerprint,
    get consoles() {
      return consoles.size;
    },
    dropAll,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      dropAll();
      await closed;
    },
  };
}

function judge(attempt: AuthContext, users: readonly IdracUser[], misbehave: SshMisbehaviour): void {
  const method = misbehave.keyboardInteractive ? 'keyboard-interactive' : 'password';
  const good = (password: string | undefined) =>
    !misbehave.noLogin &&
    users.some((user) => user.name === attempt.username && same(user.password, password ?? ''));
  const finish = (ok: boolean) => {
    if (ok) attempt.accept();
    else attempt.reject([method]);
  };
  if (attempt.method === 'password' && method === 'password') finish(good(attempt.password));
  else if (attempt.method === 'keyboard-interactive' && method === 'keyboard-interactive')
    attempt.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) => finish(good(answer)));
  else finish(false);
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What BMCs of the years before 2015 know. */
const old: Algorithms = {
  kex: ['diffie-hellman-group14-sha1'],
  cipher: ['aes128-cbc', 'aes256-cbc'],
  hmac: ['hmac-sha1'],
};
