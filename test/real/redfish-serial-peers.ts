import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testUser } from '@consolemesh/bmc-driver-redfish-serial/testing';
import { connectTcp } from '@consolemesh/driver-sdk';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/free-ports.ts';
import { sshServer } from '../system-packages.mjs';

/** OpenSSH's server on a port of loopback, with a user that exists for it alone. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  /** As `ssh-keygen -lf` prints it. */
  readonly fingerprint: string;
  /** What it has logged so far. */
  log(): string;
  /** Ends all of it at once, connections too. */
  kill(): void;
}

const userId = 64_999;

/**
 * Starts it with further lines of `sshd_config`. Users and passwords are those of a mount namespace of its own, so that nothing of this
 * machine is changed; needs root.
 */
export async function startSshd(
  config: readonly string[],
  keyType: 'ed25519' | 'rsa' = 'ed25519',
): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-sshd-'));
  const file = (name: string) => join(folder, name);
  const port = await freePort();
  execFileSync('ssh-keygen', ['-q', '-t', keyType, '-N', '', '-f', file('host_key')]);
  const printed = execFileSync('ssh-keygen', ['-lf', file('host_key.pub')], { encoding: 'utf8' });
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], {
    input: testUser.password,
    encoding: 'utf8',
  });
  const { name } = testUser;
  const passwd = await readFile('/etc/passwd', 'utf8');
  // The package makes a user for the part that talks to strangers, where it is installed.
  const own = passwd.includes('\nsshd:') ? '' : `sshd:x:${userId - 1}:65534::/run/sshd:/usr/sbin/nologin\n`;
  await writeFile(file('passwd'), `${passwd}${own}${name}:x:${userId}:${userId}::/:/bin/sh\n`);
  await writeFile(file('shadow'), `root:*:19000:0:99999:7:::\n${name}:${hash.trim()}:19000:0:99999:7:::\n`);
  await chmod(file('shadow'), 0o600);
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host_key')}`,
    'PidFile none',
    'UseDNS no',
    'LogLevel VERBOSE',
    `AllowUsers ${name}`,
    ...config,
  ];
  await writeFile(file('config'), `${lines.join('\n')}\n`);
  const script = [
    `mount --bind ${file('passwd')} /etc/passwd`,
    `mount --bind ${file('shadow')} /etc/shadow`,
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /run/sshd',
    `exec ${sshServer()} -D -e -f ${file('config')}`,
  ];
  // A namespace of processes too: those of connections outlive the server, and leave its group.
  const unshare = ['-m', '--propagation', 'private', '-p', '--fork', '--kill-child'];
  const child = spawn('unshare', [...unshare, 'sh', '-c', script.join(' && ')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, 'exit');
  const kill = () => void child.kill('SIGKILL');
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${log}`);
      const socket = await connectTcp({ host: '127.0.0.1', port }).catch(() => undefined);
      socket?.destroy();
      return socket !== undefined;
    },
    Boolean,
    { what: 'sshd that takes connections' },
  );
  return {
    port,
    fingerprint: printed.split(' ')[1]!,
    log: () => log,
    kill,
    async [Symbol.asyncDispose]() {
      kill();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
