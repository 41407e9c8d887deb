import { once } from 'node:events';
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { runMachine } from '../run-machine.ts';
import { parseSshMisbehaviour, sshMisbehaviours } from './misbehaviour.ts';
import { type SshKind, startSshFace } from './start-ssh-face.ts';

const users = [{ name: 'root', password: 'calvin', privilege: 'administrator' as const }];
const atOnce: SshKind = { users: () => users, hotKey: '~.', maxConsoles: 2 };
const byCommand: SshKind = {
  users: () => users,
  commandLine: { prompt: 'racadm>>', entry: 'console com2' },
  hotKey: '\x1c',
  maxConsoles: 1,
};

async function start(kind: SshKind, ...words: string[]) {
  const machine = runMachine({ name: 'node-07', seed: 'test', stage: 'console' });
  const misbehave = parseSshMisbehaviour(words);
  const ssh = await startSshFace(machine, systemClock, kind, { misbehave });
  const clients: ssh2.Client[] = [];
  return {
    machine,
    ssh,
    misbehave,
    /** Logs in. */
    async connect(config: ConnectConfig = {}) {
      const client = new ssh2.Client();
      clients.push(client);
      const ready = once(client, 'ready');
      client.on('keyboard-interactive', (_name, _instructions, _language, _prompts, finish) =>
        finish(['calvin']),
      );
      client.connect({ ...ssh.address, username: 'root', password: 'calvin', ...config });
      await ready;
      client.on('error', () => {});
      return client;
    },
    async shell(config?: ConnectConfig) {
      return openShell(await this.connect(config));
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await ssh[Symbol.asyncDispose]();
      machine[Symbol.dispose]();
    },
  };
}

async function openShell(client: ssh2.Client) {
  const channel = await new Promise<ClientChannel>((resolve, reject) =>
    client.shell((error, opened) => (error ? reject(error) : resolve(opened))),
  );
  let text = '';
  let closed = false;
  channel.on('data', (bytes: Buffer) => {
    text += bytes.toString('utf8');
  });
  channel.once('close', () => {
    closed = true;
  });
  return {
    type: (keys: string) => void channel.write(keys),
    sees: (what: string) => expect.poll(() => text).toContain(what),
    get text() {
      return text;
    },
    isClosed: () => expect.poll(() => closed).toBe(true),
  };
}

describe('the SSH server of a simulated BMC', () => {
  it('leads to the serial line at once, and out of it by ~. at the beginning of a line', async () => {
    await using server = await start(atOnce);
    const shell = await server.shell();
    shell.type('\r');
    await shell.sees('node-07 login: ');
    shell.type('a~.b\r');
    await shell.sees('login: a~.b');
    shell.type('x\r~.');
    await shell.isClosed();
    expect(server.ssh.consoles).toBe(0);
  });

  it('has a command line whose command leads to the serial line, and Ctrl-\\ back', async () => {
    await using server = await start(byCommand);
    const shell = await server.shell();
    await shell.sees('racadm>>');
    shell.type('version\r');
    await shell.sees('version: unknown command');
    shell.type('console com2\r\r');
    await shell.sees('node-07 login: ');
    shell.type('\x1chelp\r');
    await expect.poll(() => server.ssh.consoles).toBe(0);
    shell.type('help\r');
    await shell.sees('console com2, exit');
    shell.type('exit\r');
    await shell.isClosed();
  });

  it('gives the console to as many as it may, and back when somebody vanishes', async () => {
    await using server = await start(byCommand);
    const client = await server.connect();
    const first = await openShell(client);
    first.type('console com2\r');
    await first.sees('Connected');
    const second = await server.shell();
    second.type('console com2\r');
    await second.sees('in use by another session');
    client.destroy();
    await expect.poll(() => server.ssh.consoles).toBe(0);
    second.type('console com2\r');
    await second.sees('Connected');
  });

  it('has the same host key each time for the same machine', async () => {
    await using one = await start(atOnce);
    await using two = await start(atOnce);
    expect(one.ssh.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(two.ssh.fingerprint).toBe(one.ssh.fingerprint);
    let seen = '';
    const hostVerifier = (hash: string) => {
      seen = `SHA256:${Buffer.from(hash, 'hex').toString('base64').replace(/=+$/, '')}`;
      return true;
    };
    await one.connect({ hostHash: 'sha256', hostVerifier });
    expect(seen).toBe(one.ssh.fingerprint);
  });

  it('lets nobody in with a wrong password', async () => {
    await using server = await start(atOnce);
    await expect(server.connect({ password: 'wrong' })).rejects.toThrow(/authentication/i);
  });
});

describe('misbehaviour of the SSH server', () => {
  it('has a name for each once, and says how they are written', () => {
    const names = sshMisbehaviours.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(() => parseSshMisbehaviour(['slow-prompt'])).toThrow(/should be written/);
  });

  it('slow-prompt, in-use: says so after a while', async () => {
    await using server = await start(byCommand, 'slow-prompt=50', 'in-use');
    const shell = await server.shell();
    await shell.sees('racadm>>');
    shell.type('console com2\r');
    await shell.sees('in use');
  });

  it('silent: what is typed is answered by nothing', async () => {
    await using server = await start(atOnce, 'silent');
    const shell = await server.shell();
    shell.type('\r');
    const other = await server.shell();
    other.type('\r');
    expect(shell.text + other.text).toBe('');
    expect(server.ssh.consoles).toBe(0);
  });

  it('no-shell: is refused', async () => {
    await using server = await start(atOnce, 'no-shell');
    await expect(server.shell()).rejects.toThrow();
  });

  it('no-login: nobody gets in', async () => {
    await using server = await start(atOnce, 'no-login');
    await expect(server.connect()).rejects.toThrow(/authentication/i);
  });

  it('keyboard-interactive: takes the password so only', async () => {
    await using server = await start(atOnce, 'keyboard-interactive');
    await expect(server.connect()).rejects.toThrow(/authentication/i);
    await server.connect({ tryKeyboard: true });
  });

  it('other-host-key: is not its own', async () => {
    await using server = await start(atOnce, 'other-host-key');
    const own = Buffer.from(server.ssh.fingerprint.slice(7), 'base64').toString('hex');
    const connecting = server.connect({ hostHash: 'sha256', hostVerifier: (hash: string) => hash === own });
    await expect(connecting).rejects.toThrow(/verif/i);
  });

  it('old-algorithms: is for those who know them', async () => {
    await using server = await start(atOnce, 'old-algorithms');
    await expect(server.connect()).rejects.toThrow(/no matching/i);
    await server.connect({
      algorithms: { kex: ['diffie-hellman-group14-sha1'], cipher: ['aes128-cbc'], hmac: ['hmac-sha1'] },
    });
  });

  it('die-after, stuck-hot-key: the console ends by itself only', async () => {
    await using server = await start(atOnce, 'die-after=150', 'stuck-hot-key');
    const shell = await server.shell();
    shell.type('\r~.');
    await shell.sees('~.');
    await shell.isClosed();
  });
});
