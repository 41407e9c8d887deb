import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { solUser, startSolMachine } from '../harness/sol-machine.ts';
import { type IpmiSim, password, startIpmiSim, user } from './ipmi-peers.ts';
import {
  attachViewer,
  connectAsNova,
  newRuntimeFolder,
  novaOf,
  request,
  startDriver,
} from './ipmi-socat-world.ts';

vi.setConfig({ testTimeout: 120_000 });

/** OpenIPMI's simulator with a machine that echoes, and the driver in front of it. */
async function world(options: Partial<Parameters<typeof startDriver>[0]> = {}) {
  const sim = await startIpmiSim();
  const folder = await newRuntimeFolder();
  const driver = await startDriver({ runtimeFolder: folder.path, ...options });
  sim.serial.on('data', (chunk: Buffer) => sim.serial.write(chunk));
  const node = (info: Record<string, string> = {}) => ({
    ...{ ipmi_address: '127.0.0.1', ipmi_port: `${sim.port}`, ipmi_username: user, ipmi_cipher_suite: '3' },
    ...info,
  });
  return {
    sim,
    folder,
    driver,
    node,
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
      await sim[Symbol.asyncDispose]();
    },
  };
}

/** Command lines with this text in them. */
async function commandLines(text: string): Promise<{ pid: number; line: string }[]> {
  const found: { pid: number; line: string }[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (line.includes(text)) found.push({ pid: Number(pid), line: line.replaceAll('\0', ' ') });
  }
  return found;
}

describe('a console through socat and ipmitool', () => {
  it('can be typed at through TCP, as nova-serialproxy does, again and again', async () => {
    await using test = await world();
    const answer = await test.driver.driver.startConsole(request(test.node()));
    for (let round = 0; round < 3; round += 1) {
      await using nova = connectAsNova(novaOf(answer));
      await nova.sees('[SOL Session operational');
      // ipmi_sim takes the first piece of a session for a copy when it has the number of the last one before.
      nova.type('.');
      await eventually(
        () => nova.type(`echo ${round}`),
        () => nova.seen().includes(`echo ${round}`),
        { everyMs: 200 },
      );
      await nova.sees(`echo ${round}`);
    }
  });

  it('is shared by the viewers of the mesh, who see nothing of ipmitool, and whose tildes are theirs', async () => {
    await using test = await world();
    const wish = request(test.node());
    await test.driver.driver.startConsole(wish);
    await using first = attachViewer(test.driver, wish);
    await first.hears('opened');
    await using second = attachViewer(test.driver, wish);
    await second.hears('opened');
    first.type('~.~B\r~.hello~?\r');
    await first.sees('~.~B\r~.hello~?\r');
    await second.sees('hello~?');
    expect(first.seen()).not.toContain('SOL');
    expect(first.events().map(({ name }) => name)).not.toContain('upstreamLost');
  });

  it('sends a break at the beginning of a line, and says why not elsewhere', async () => {
    await using test = await world();
    const wish = request(test.node());
    await test.driver.driver.startConsole(wish);
    await using viewer = attachViewer(test.driver, wish);
    await viewer.hears('opened');
    await test.driver.driver.sendSerialBreak({ context: wish.context });
    // ipmi_sim writes a break as Telnet's, together with what comes next.
    viewer.type('x');
    await viewer.sees('\xff\xf3');
    await viewer.sees('x');
    expect(viewer.seen()).not.toContain('[send break]');
    await expect(test.driver.driver.sendSerialBreak({ context: wish.context })).rejects.toThrow(
      /press Enter/,
    );
  });

  it('leaves nothing behind when it is stopped: no process, no file, no session', async () => {
    await using test = await world();
    const wish = request(test.node());
    const { port } = novaOf(await test.driver.driver.startConsole(wish));
    const viewer = attachViewer(test.driver, wish);
    await viewer.hears('opened');
    expect((await commandLines(test.folder.path)).length).toBeGreaterThan(3);
    await test.driver.driver.stopConsole({ context: wish.context });
    expect(await commandLines(test.folder.path)).toEqual([]);
    expect(await readdir(test.folder.path)).toEqual(['owner.json']);
    await viewer.ended;
    await using nova = connectAsNova({ host: '127.0.0.1', port });
    await nova.ends();
    expect(nova.seen()).toBe('');
    // The console of the BMC is free: the next start gets it without taking it from anybody.
    const next = { ...wish, context: { ...wish.context!, key: { consoleId: 'c1', generation: 2n } } };
    await test.driver.driver.startConsole(next);
    await using again = attachViewer(test.driver, next);
    await again.hears('opened');
  });

  it('shows no password to others: not in arguments, environments and readable files', async () => {
    await using test = await world();
    const secrets = { ipmi_password: password };
    const wish = request(test.node(), secrets);
    await test.driver.driver.startConsole(wish);
    await using viewer = attachViewer(test.driver, wish);
    await viewer.hears('opened');
    for (const { pid, line } of await commandLines(test.folder.path)) {
      expect(line).not.toMatch(/\btest\b/);
      expect(await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')).not.toMatch(/PASSWORD|KGKEY/);
    }
  });
});

describe('credentials', () => {
  const kg = Buffer.from('\x81$k "\'`\\\n~\x7f', 'latin1');
  it.each([
    [
      'a key K_g with bytes that mean something to a shell',
      { kg },
      '',
      { ipmi_hex_kg_key: kg.toString('hex').padEnd(40, '0') },
    ],
    ['a password of twenty such bytes', {}, '$(id) `id` "\'\\ ;|&!~', {}],
    ['an empty password', {}, '', {}],
  ])('may be %s', async (_what, options, password, more) => {
    const users = [{ ...solUser, password }];
    await using machine = await startSolMachine({ ...options, users });
    await using folder = await newRuntimeFolder();
    await using test = await startDriver({ runtimeFolder: folder.path });
    const wish = request(machine.info(), { ipmi_password: password, ...more });
    await test.driver.startConsole(wish);
    await using viewer = attachViewer(test, wish);
    await viewer.hears('opened');
    viewer.type('hello');
    await viewer.sees('hello');
  });
});

describe('credentials that the BMC refuses', () => {
  it('are named, and keep nobody from ending the console', async () => {
    await using test = await world();
    const wrong = request(test.node(), { ipmi_password: 'wrong' });
    await expect(test.driver.driver.startConsole(wrong)).rejects.toThrow(/refuses the password/);
    expect(await readdir(test.folder.path)).toEqual(['owner.json']);
    const wish = request(test.node());
    await test.driver.driver.startConsole(wish);
    const { violations } = await test.driver.driver.validateNode({
      node: { ...wish.context!.node!, driverSecrets: { ipmi_password: 'wrong' } },
      checkReachability: true,
    });
    expect(violations).toMatchObject([
      { field: 'driver_secrets.ipmi_password', reason: 'BMC_AUTHENTICATION_FAILED' },
    ]);
    const changed = { ...wish.context!.node!, driverSecrets: { ipmi_password: 'wrong' } };
    await test.driver.driver.stopConsole({ context: { ...wish.context!, node: changed } });
    expect(await readdir(test.folder.path)).toEqual(['owner.json']);
  });
});

describe('a place that is taken', () => {
  it('is told to the viewers of the mesh at once when somebody is connected through TCP', async () => {
    await using test = await world();
    const wish = request(test.node());
    const answer = await test.driver.driver.startConsole(wish);
    await using nova = connectAsNova(novaOf(answer));
    await nova.sees('[SOL Session operational');
    await using viewer = attachViewer(test.driver, wish);
    await viewer.ended;
    expect(viewer.failure()).toMatchObject({
      reason: 'BMC_BUSY',
      message: expect.stringContaining('through its TCP port'),
    });
    const { console } = await test.driver.driver.getConsole({ context: wish.context });
    expect(console?.failure).toBeUndefined();
  });

  it('is not taken from somebody else at the BMC unless the node says so', async () => {
    await using test = await world();
    await using other = await newRuntimeFolder();
    await using somebody = await startDriver({ runtimeFolder: other.path });
    const theirs = request(test.node());
    await somebody.driver.startConsole(theirs);
    await using their = attachViewer(somebody, theirs);
    await their.hears('opened');

    const ours = request(test.node());
    const answer = await test.driver.driver.startConsole(ours);
    await using refused = attachViewer(test.driver, ours);
    await refused.ended;
    expect(refused.failure()).toMatchObject({ reason: 'BMC_BUSY' });
    await using nova = connectAsNova(novaOf(answer));
    await nova.ends();
    expect(nova.seen()).toContain('SOL payload already active on another session');

    const taking = request(test.node({ ipmi_sol_take_over: 'always' }), undefined, { generation: 2n });
    await test.driver.driver.startConsole(taking);
    await using taker = attachViewer(test.driver, taking);
    await taker.hears('opened');
    taker.type('mine');
    await taker.sees('mine');
  });
});

describe('a process that is killed', () => {
  const kill = async (folder: string, what: RegExp) => {
    const found = await eventually(
      () => commandLines(folder),
      (all) => all.some(({ line }) => what.test(line)),
    );
    const pids = found.filter(({ line }) => what.test(line)).map(({ pid }) => pid);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    return pids;
  };
  const typesAgain = async (sim: IpmiSim, viewer: ReturnType<typeof attachViewer>, word: string) => {
    await viewer.hears('upstreamRestored');
    expect(sim.serial.destroyed).toBe(false);
    viewer.type(word);
    await viewer.sees(word);
  };

  it('ipmitool: the session at the BMC is ended, and the line is back', async () => {
    await using test = await world();
    const wish = request(test.node());
    await test.driver.driver.startConsole(wish);
    await using viewer = attachViewer(test.driver, wish);
    await viewer.hears('opened');
    await kill(test.folder.path, /^ipmitool /);
    await typesAgain(test.sim, viewer, 'after ipmitool');
  });

  it('socat, all of it: it is started again at its port, and the line is back', async () => {
    await using test = await world();
    const wish = request(test.node());
    const answer = await test.driver.driver.startConsole(wish);
    await using viewer = attachViewer(test.driver, wish);
    await viewer.hears('opened');
    await kill(test.folder.path, /^socat /);
    await typesAgain(test.sim, viewer, 'after socat');
    await viewer.leave();
    const console = await test.driver.driver.getConsole({ context: wish.context });
    expect(novaOf(console.console!)).toEqual(novaOf(answer));
  });

  it('the script: nothing of it is left, and the line is back', async () => {
    await using test = await world();
    const wish = request(test.node());
    await test.driver.driver.startConsole(wish);
    await using viewer = attachViewer(test.driver, wish);
    await viewer.hears('opened');
    const killed = await kill(test.folder.path, /^\/bin\/sh /);
    await typesAgain(test.sim, viewer, 'after the script');
    const left = await commandLines(test.folder.path);
    expect(left.filter(({ pid }) => killed.includes(pid))).toEqual([]);
    expect(left.filter(({ line }) => line.startsWith('ipmitool'))).toHaveLength(1);
  });
});
