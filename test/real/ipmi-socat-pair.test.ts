import { constants } from 'node:fs';
import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { silentLogger } from '@consolemesh/mesh';
import { describe, expect, it, vi } from 'vitest';
import { processesWith, signalProcess } from '../../services/bmc-driver/ipmi-socat/src/host/processes.ts';
import { toolFilesOf } from '../../services/bmc-driver/ipmi-socat/src/node/tool-files.ts';
import { writeConsoleFolder } from '../../services/bmc-driver/ipmi-socat/src/pair/console-folder.ts';
import {
  hasClient,
  pairStands,
  readPairRecord,
} from '../../services/bmc-driver/ipmi-socat/src/pair/pair-record.ts';
import { startSocat } from '../../services/bmc-driver/ipmi-socat/src/pair/start-socat.ts';
import { supervisePair } from '../../services/bmc-driver/ipmi-socat/src/pair/supervise.ts';
import { createFakeIpmitool } from '../../services/bmc-driver/ipmi-socat/src/testing/fake-ipmitool.ts';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/free-ports.ts';
import { connectAsNova, newRuntimeFolder } from './ipmi-socat-world.ts';

vi.setConfig({ testTimeout: 90_000 });

const node = {
  ...{ id: 'n', name: 'n', secrets: {} },
  info: {
    ipmi_address: '10.0.0.5',
    ipmi_port: 623,
    ipmi_username: '',
    ipmi_priv_level: 'ADMINISTRATOR',
    ipmi_protocol_version: '2.0',
    ipmi_cipher_suite: 'auto',
    ipmi_sol_hold: 'viewers',
    ipmi_sol_take_over: 'stale',
    ipmi_bridging: 'no',
  },
} as const;

/** The real socat in front of an ipmitool that says what comes in. */
async function world(address = '127.0.0.1') {
  const tool = await createFakeIpmitool();
  await tool.acts('echo hello; cat');
  const runtime = await newRuntimeFolder();
  const folder = join(runtime.path, 'c-1');
  await mkdir(folder);
  await writeConsoleFolder(folder, toolFilesOf(node, folder), { takeover: false });
  const limits = { startTimeoutMs: 10_000, checkEveryMs: 100, killTimeoutMs: 500, path: tool.path };
  const plan = { address, port: await freePort(), folder, idleTimeoutMs: 0 };
  const { signal } = new AbortController();
  return {
    tool,
    folder,
    plan,
    start: (more: object = {}) => startSocat({ ...plan, ...more }, limits, signal),
    supervise(started: Awaited<ReturnType<typeof startSocat>>, adopted = false) {
      const changes: string[] = [];
      const first = adopted ? { record: started.record } : started;
      const pair = supervisePair(plan, first, {
        limits,
        logger: silentLogger,
        changed: () => changes.push(pair.state.kind),
        firstPauseMs: 10,
      });
      return { pair, changes };
    },
    async [Symbol.asyncDispose]() {
      for (const name of await processesWith(`${folder}/`)) await signalProcess(name, 'SIGKILL');
      await tool[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}

/** How a process has opened a file (proc_pid_fdinfo(5)). */
async function descriptor(pid: number, fd: number): Promise<{ flags: number }> {
  const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
  return { flags: Number.parseInt(/^flags:\s+(\d+)$/m.exec(info)?.[1] ?? '0', 8) };
}

describe('a socat', () => {
  it.each(['127.0.0.1', '::1'])(
    'listens at %s, shows its client without taking its place, and ends whole',
    async (address) => {
      await using test = await world(address);
      const { record } = await test.start();
      expect(await readPairRecord(test.folder)).toEqual(record);
      expect([await pairStands(record), await hasClient(record)]).toEqual([true, false]);
      await using nova = connectAsNova({ host: address, port: record.port });
      await nova.sees('hello');
      nova.type('abc\r');
      await nova.sees('abc');
      expect(await hasClient(record)).toBe(true);
      const { pair } = test.supervise({ record } as Awaited<ReturnType<typeof test.start>>, true);
      await pair.end();
      await nova.ends();
      expect(await processesWith(`${test.folder}/`)).toEqual([]);
      expect(await pairStands(record)).toBe(false);
    },
  );

  it('lets a second client wait until the first has gone', async () => {
    await using test = await world();
    const { record } = await test.start();
    const first = connectAsNova({ host: '127.0.0.1', port: record.port });
    await first.sees('hello');
    await using second = connectAsNova({ host: '127.0.0.1', port: record.port });
    first.type('x');
    await first.sees('x');
    expect(second.seen()).toBe('');
    await first[Symbol.asyncDispose]();
    await second.sees('hello');
  });

  it('ends a client that is silent for too long, when there is a limit', async () => {
    await using test = await world();
    const { record } = await test.start({ idleTimeoutMs: 500 });
    await using nova = connectAsNova({ host: '127.0.0.1', port: record.port });
    await nova.sees('hello');
    await nova.ends();
  });

  it('carries what was said last to its client, however soon it ended', async () => {
    await using test = await world();
    const words = 'Info: SOL payload already active on another session';
    await test.tool.acts(`echo '${words}' >&2; exit 1`);
    const { record } = await test.start();
    for (let client = 1; client <= 40; client += 1) {
      await using nova = connectAsNova({ host: '127.0.0.1', port: record.port });
      await nova.ends();
      expect(nova.seen(), `client ${client}`).toContain(words);
    }
    expect(await readFile(join(test.folder, 'socat.log'), 'utf8')).toBe('');
  });

  it('may complain for years without filling the disk', async () => {
    await using test = await world();
    const { pair } = test.supervise(await test.start());
    const socat = await processesWith(`${test.folder}/`);
    const file = join(test.folder, 'socat.log');
    await appendFile(file, 'E SSL_accept()\n'.repeat(10));
    await pair.look();
    expect((await stat(file)).size).toBe(150);
    await appendFile(file, 'E SSL_accept()\n'.repeat(10_000));
    await pair.look();
    expect((await stat(file)).size).toBe(0);
    expect(pair.state.kind).toBe('running');
    // What it says next stands at the beginning, and not behind a hole.
    const { flags } = await descriptor(socat[0]?.pid ?? 0, 2);
    expect(flags & constants.O_APPEND).toBe(constants.O_APPEND);
    await pair.end();
  });

  it('does not start where somebody else listens, and leaves nothing', async () => {
    await using test = await world();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(test.plan.port, '127.0.0.1', resolve));
    await expect(test.start()).rejects.toMatchObject({ reason: 'RESOURCE_EXHAUSTED' });
    expect(await processesWith(`${test.folder}/`)).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });

  it('says so when this host does not have the address', async () => {
    await using test = await world();
    await expect(test.start({ address: '203.0.113.7' })).rejects.toThrow('correct CONSOLEMESH_SOCAT_ADDRESS');
  });
});

describe('a socat that ends by itself', () => {
  it.each([
    ['started here', false],
    ['adopted', true],
  ])('is started again at its port: %s', async (_what, adopted) => {
    await using test = await world();
    const started = await test.start();
    const { pair, changes } = test.supervise(started, adopted);
    await signalProcess(started.record.socat, 'SIGKILL');
    await eventually(
      () => changes,
      (all) => all.join() === 'restarting,running',
    );
    await using nova = connectAsNova({ host: '127.0.0.1', port: test.plan.port });
    await nova.sees('hello');
    await pair.end();
    expect(changes).toEqual(['restarting', 'running']);
  });

  it('is lost when somebody else has taken its port', async () => {
    await using test = await world();
    const started = await test.start();
    const { pair, changes } = test.supervise(started);
    const other = createServer();
    other.on('error', () => setTimeout(() => other.listen(test.plan.port, '127.0.0.1'), 1));
    await signalProcess(started.record.socat, 'SIGKILL');
    other.listen(test.plan.port, '127.0.0.1');
    await eventually(
      () => changes,
      (all) => all.includes('lost'),
      { withinMs: 60_000 },
    );
    expect(pair.state).toMatchObject({ why: expect.stringContaining(`Port ${test.plan.port} is taken`) });
    await pair.end();
    await new Promise((resolve) => other.close(resolve));
  });
});
