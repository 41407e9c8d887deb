import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import { readHostKey } from '../ssh/host-key.ts';
import { testUser } from './start-test-bmc.ts';

/** What an SSH server for tests is like. */
export interface TestSshOptions {
  /** Ways to log in that it offers. */
  readonly ways?: readonly ('password' | 'keyboard-interactive' | 'publickey')[];
  /** What it asks by `keyboard-interactive`, one after the other. */
  readonly questions?: readonly string[];
  /** Begins with a command line that says this, and becomes the console at the first line. */
  readonly prompt?: string;
  readonly algorithms?: object;
  readonly hostKey?: string;
  /** Breaks the connection after so many typed bytes; 0 never. */
  readonly dieAfterBytes?: number;
}

/** An SSH server whose terminal says what is typed, on loopback. */
export interface TestSsh extends AsyncDisposable {
  readonly port: number;
  /** `SHA256:…`. */
  readonly fingerprint: string;
  /** Passwords that it saw, and how. */
  readonly tries: { readonly way: string; readonly password: string }[];
  typed(): string;
  readonly sizes: { readonly columns: number; readonly rows: number }[];
  readonly connections: Set<Connection>;
  /** Lines at the command line. */
  readonly commands: string[];
  readonly channels: Set<ServerChannel>;
  /** It breaks what there is and takes nobody in, until told otherwise. */
  silent: boolean;
}

/** A key for a host. */
export function makeHostKey(): string {
  return ssh2.utils.generateKeyPairSync('ed25519').private;
}

export async function startTestSsh(options: TestSshOptions = {}): Promise<TestSsh> {
  const {
    ways = ['password'],
    questions = ['Password: '],
    prompt,
    hostKey = makeHostKey(),
    dieAfterBytes = 0,
  } = options;
  const key = ssh2.utils.parseKey(hostKey);
  if (key instanceof Error) throw key;
  let typed = '';
  const server = new ssh2.Server({ hostKeys: [hostKey], algorithms: options.algorithms ?? {} }, (client) => {
    ssh.connections.add(client);
    client.on('error', () => {});
    client.on('close', () => ssh.connections.delete(client));
    client.on('authentication', (attempt) => judge(attempt));
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (take, _refuse, { cols, rows }) => {
        ssh.sizes.push({ columns: cols, rows });
        take();
      });
      session.on('window-change', (take, _refuse, { cols, rows }) => {
        ssh.sizes.push({ columns: cols, rows });
        take?.();
      });
      session.on('shell', (take) => talk(take()));
    });
  });

  function judge(attempt: AuthContext): void {
    const verdict = (way: string, password: string) => {
      ssh.tries.push({ way, password });
      if (attempt.username === testUser.name && password === testUser.password) return attempt.accept();
      attempt.reject([...ways]);
    };
    if (attempt.method === 'password' && ways.includes('password')) {
      verdict('password', attempt.password);
    } else if (attempt.method === 'keyboard-interactive' && ways.includes('keyboard-interactive')) {
      const prompts = questions.map((question) => ({ prompt: question, echo: false }));
      attempt.prompt(prompts, ([answer = '']) => {
        if (questions.length === 1) verdict('keyboard-interactive', answer);
        else attempt.reject([...ways]);
      });
    } else {
      attempt.reject([...ways]);
    }
  }

  function talk(channel: ServerChannel): void {
    let said = 0;
    ssh.channels.add(channel);
    channel.on('close', () => ssh.channels.delete(channel));
    channel.on('error', () => {});
    let line: string | undefined = prompt === undefined ? undefined : '';
    if (prompt !== undefined) channel.write(prompt);
    channel.on('data', (bytes: Buffer) => {
      if (line !== undefined) {
        line += bytes.toString();
        const end = line.indexOf('\r');
        if (end < 0) return;
        ssh.commands.push(line.slice(0, end));
        line = undefined;
        return void channel.write('\r\nconnected\r\n');
      }
      typed += bytes.toString('latin1');
      said += bytes.length;
      channel.write(bytes);
      if (dieAfterBytes > 0 && said >= dieAfterBytes) channel.destroy();
    });
  }

  const listener = createServer((socket) => {
    if (ssh.silent) socket.destroy();
    else server.injectSocket(socket);
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  let silent = false;
  const ssh: TestSsh = {
    port,
    get silent() {
      return silent;
    },
    set silent(now) {
      silent = now;
      if (now) for (const client of ssh.connections) client.end();
    },
    fingerprint: readHostKey(key.getPublicSSH()).fingerprint,
    tries: [],
    typed: () => typed,
    sizes: [],
    connections: new Set(),
    commands: [],
    channels: new Set(),
    async [Symbol.asyncDispose]() {
      for (const client of ssh.connections) client.end();
      listener.close();
    },
  };
  return ssh;
}
