import { connect as connectTcp } from 'node:net';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { MeshError } from '@consolemesh/errors';
import { connectToServer } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { briefTimings, type IdracWorld, startIdracWorld } from '../harness/idrac.ts';

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: unknown) => (error instanceof MeshError ? error.reason : String(error)),
  );

/** What was written over the wires, `Enable=Enabled` and so on. */
const writes = ({ idrac }: IdracWorld, name: string) =>
  idrac.journal.flatMap(({ values }) =>
    values.filter((value) => value.name === `VNCServer.1#${name}`).map(({ value }) => value),
  );

const ours = ({ idrac }: IdracWorld) => idrac.journal.filter(({ via }) => via !== 'local');

/** Somebody enables the VNC server by hand. */
async function enableByHand({ idrac }: IdracWorld, others: Record<string, string> = {}): Promise<void> {
  const values = { ...others, Password: 'theirs12', Enable: 'Enabled' };
  for (const [name, value] of Object.entries(values))
    await idrac.attributes.set(`VNCServer.1#${name}`, value);
}

describe('two meshes at one iDRAC', () => {
  it('the second leaves the console of the first alone, however often it tries and when it ends', async () => {
    await using world = await startIdracWorld();
    const first = world.console(world.node(), 0, 'AAAAaaa1');
    const second = world.console(world.node(), 1, 'BBBBbbb1');
    await first.prepare();
    await second.prepare();
    await first.start();
    expect(await reasonOf(second.start())).toBe('BMC_IN_USE');
    expect(await reasonOf(second.start())).toBe('BMC_IN_USE');
    expect(await second.stop()).toEqual([expect.stringContaining('somebody else has enabled it')]);
    expect(writes(world, 'Enable')).toEqual(['Enabled']);
    expect(await first.look()).toMatchObject({ phase: ConsolePhase.READY });
  });

  it('who has lost it to a takeover does not take it back while somebody looks', async () => {
    // A second refusal would lock everybody out.
    const vncMisbehave = { lockout: { failures: 2, seconds: 600 } };
    await using world = await startIdracWorld({ generation: '9', vncMisbehave });
    const clear = { drac_vnc_encryption: 'off' };
    const first = world.console(world.node(clear), 0, 'AAAAaaa1');
    await first.enable();
    const second = world.console(world.node({ ...clear, drac_vnc_take_over: 'true' }), 1, 'BBBBbbb1');
    await second.enable();
    using _viewer = await view(world, 'BBBBbbb1');
    for (let i = 0; i < 3; i += 1)
      expect(await first.look()).toMatchObject({ failure: { reason: 'BMC_IN_USE' } });
    const before = world.idrac.journal.length;
    expect(await reasonOf(first.start())).toBe('BMC_IN_USE');
    expect(await reasonOf(first.start())).toBe('BMC_IN_USE');
    expect(world.idrac.journal).toHaveLength(before);
    using _another = await view(world, 'BBBBbbb1');
  });
});

/** A viewer without TLS. */
async function view({ idrac }: IdracWorld, password: string) {
  const port = Number(idrac.attributes.current('VNCServer.1#Port'));
  const socket = connectTcp({ host: idrac.https.host, port });
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  await connectToServer(socket, { password, shared: true });
  return {
    get closed() {
      return closed;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

describe('a VNC server that somebody enables between reading and writing', () => {
  const wanted = { Timeout: '10800', SSLEncryptionBitLength: 'Auto Negotiate' };
  it.each([
    ['with other settings', {}],
    ['with just the settings that we want', wanted],
  ])('stays theirs: %s', async (_name, others) => {
    await using world = await startIdracWorld();
    const console = world.console();
    await console.prepare();
    await enableByHand(world, others);
    const theirs = world.settings();
    expect(await reasonOf(console.start())).toBe('BMC_IN_USE');
    expect(await console.stop()).toEqual([expect.stringContaining('somebody else has enabled it')]);
    expect(world.settings()).toEqual(theirs);
    expect(ours(world)).toEqual([]);
  });

  it('stays theirs when all values were so before', async () => {
    const attributes = Object.fromEntries(
      Object.entries(wanted).map(([name, value]) => [`VNCServer.1#${name}`, value]),
    );
    await using world = await startIdracWorld({ attributes });
    const console = world.console();
    await console.prepare();
    await enableByHand(world);
    expect(await reasonOf(console.start())).toBe('BMC_IN_USE');
    await console.stop();
    expect(ours(world)).toEqual([]);
  });

  it.each([false, true])(
    'keeps its viewer, who takes the only place (silent then: %s)',
    async (silentWhenFull) => {
      await using world = await startIdracWorld({ generation: '8', vncMisbehave: { silentWhenFull } });
      const console = world.console(world.node({ drac_vnc_encryption: 'keep', drac_vnc_timeout: '0' }));
      await console.prepare();
      await enableByHand(world);
      using viewer = await view(world, 'theirs12');
      expect(await reasonOf(console.start())).toMatch(
        silentWhenFull ? /^BMC_(TIMEOUT|IN_USE)$/ : /^BMC_IN_USE$/,
      );
      expect(ours(world)).toEqual([]);
      expect(viewer.closed).toBe(false);
    },
  );
});

describe('an iDRAC whose configuration jobs outlast a call', () => {
  it('is enabled by repeating the call, and never undone in between', async () => {
    const timings = { ...briefTimings, applyMs: 400 };
    await using world = await startIdracWorld({ misbehave: { pendingOnly: true }, jobMs: 900, timings });
    const found = world.settings();
    const console = world.console();
    await console.prepare();
    await expect.poll(() => reasonOf(console.start()), { timeout: 15_000, interval: 50 }).toBe('OK');
    expect(writes(world, 'Enable')).not.toContain('Disabled');
    expect(await console.look()).toMatchObject({ phase: ConsolePhase.READY });
    await expect.poll(() => reasonOf(console.stop()), { timeout: 15_000, interval: 50 }).toBe('OK');
    expect(world.settings()).toEqual(found);
  });
});

describe('what somebody else has prepared and not applied', () => {
  const prepare = (world: IdracWorld, name: string, value: string) =>
    world.idrac.attributes.write({
      ...{ via: 'wsman' as const, who: 'them', target: 'pending' as const },
      values: new Map([[name, value]]),
    });

  it('keeps the VNC server from being changed, when it is about that', async () => {
    await using world = await startIdracWorld({ misbehave: { pendingOnly: true } });
    await prepare(world, 'VNCServer.1#Port', '5999');
    expect(await reasonOf(world.console().prepare())).toBe('BMC_NOT_READY');
    expect(world.idrac.attributes.pending('VNCServer.1#Port')).toBe('5999');
  });

  it('is not applied with ours, and what is ours is taken back', async () => {
    await using world = await startIdracWorld({ misbehave: { pendingOnly: true } });
    const foreign = 'VirtualConsole.1#Timeout';
    await prepare(world, foreign, '600');
    const console = world.console();
    await console.prepare();
    expect(await reasonOf(console.start())).toBe('BMC_NOT_READY');
    expect(world.idrac.attributes.pending(foreign)).toBe('600');
    expect(world.idrac.jobs).toEqual([]);
    for (const name of ['Enable', 'Timeout', 'SSLEncryptionBitLength'].map((n) => `VNCServer.1#${n}`))
      expect(world.idrac.attributes.pending(name) ?? '').toBe(world.idrac.attributes.current(name));
    await console.stop();
    expect(world.idrac.attributes.pending(foreign)).toBe('600');
  });
});
