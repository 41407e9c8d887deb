import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../harness/free-ports.ts';

/** socat + ipmitool for one console, as Ironic starts them, with the one client that they bear. */
export interface Pair {
  readonly pid: number;
  readonly client: Socket;
  bytes(): number;
  /** Resolves when the console is there. */
  readonly operational: Promise<void>;
}

/** Starts a pair for each BMC; each runs three processes while somebody is connected. */
export async function startPairs(bmcPorts: readonly number[]) {
  const ports = await freePorts(bmcPorts.length);
  const children: ChildProcess[] = [];
  const pairs: Pair[] = [];

  async function start(index: number): Promise<Pair> {
    const tool = `ipmitool -I lanplus -H 127.0.0.1 -p ${bmcPorts[index]} -U consoles -E -C 17 sol activate`;
    const child = spawn(
      'socat',
      [
        `TCP4-LISTEN:${ports[index]},bind=127.0.0.1,reuseaddr,fork,max-children=1`,
        `EXEC:"${tool}",pty,stderr`,
      ],
      { env: { PATH: process.env.PATH, IPMI_PASSWORD: 'pinewood' }, stdio: 'ignore', detached: true },
    );
    children.push(child);
    const client = await connected(ports[index]!);
    let bytes = 0;
    let shown = '';
    const operational = new Promise<void>((resolve, reject) => {
      client.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (shown.length > 10_000) return;
        shown += chunk.toString('latin1');
        if (shown.includes('SOL Session operational')) resolve();
      });
      client.once('close', () => reject(new Error(`ipmitool ended: ${shown}`)));
    });
    operational.catch(() => {});
    const pair = { pid: child.pid!, client, bytes: () => bytes, operational };
    pairs.push(pair);
    return pair;
  }

  return {
    pairs,
    pids: () => pairs.map(({ pid }) => pid),
    start,
    async [Symbol.asyncDispose]() {
      for (const { client } of pairs) client.destroy();
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const exited = once(child, 'exit');
        // Its process group is its own.
        process.kill(-child.pid!, 'SIGKILL');
        await exited;
      }
    },
  };
}

async function connected(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port });
    const reached = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
    ]);
    if (reached) return socket.on('error', () => {});
    await sleep(20);
  }
}
