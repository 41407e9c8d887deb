import type { IdracVncMisbehaviour } from '@consolemesh/bmc-simulator';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { TlsMode } from '@consolemesh/contracts/types';
import { describe, expect, it } from 'vitest';
import { briefTimings, startIdracWorld } from '../harness/idrac.ts';
import { failure, tcpOf, watch } from '../harness/idrac-viewer.ts';

/** Failures of the VNC server behind it. */
const vncFailures: readonly [string, IdracVncMisbehaviour, string, RegExp][] = [
  ['never comes up', { neverUp: true }, 'BMC_REFUSED', /does not come up/],
  ['never says a word', { banner: '' }, 'BMC_TIMEOUT', /does not come up/],
  [
    'refuses the password that was just set',
    { wrongPassword: true },
    'BMC_CHANGE_FAILED',
    /accepted a new VNC password/,
  ],
  ['speaks old TLS only', { oldTls: true }, 'BMC_TLS_FAILED', /TLS/],
];

describe('a VNC server that', () => {
  it.each(vncFailures)('%s', async (_name, vncMisbehave, reason, words) => {
    await using world = await startIdracWorld({ vncMisbehave });
    const before = world.settings();
    const console = world.console();
    const error = await failure(console.enable());
    expect(error.message).toMatch(words);
    expect(error.reason).toBe(reason);
    await console.stop();
    expect(world.settings()).toEqual(before);
  });

  it('speaks old TLS only is reached when the node says that it may', async () => {
    await using world = await startIdracWorld({ vncMisbehave: { oldTls: true } });
    await world.console(world.node({ drac_tls_minimum: 'TLSv1' })).enable();
  });

  it('is wedged is switched off and on, once', async () => {
    await using world = await startIdracWorld({ vncMisbehave: { wedgeAfter: 0 } });
    using _viewer = await watch(await world.console().enable());
    const enables = world.idrac.journal.map(
      ({ values }) => values.find(({ name }) => name.endsWith('#Enable'))?.value,
    );
    expect(enables).toEqual(['Enabled', 'Disabled', 'Enabled']);
  });

  it('shall not be encrypted is reached without TLS', async () => {
    await using world = await startIdracWorld();
    const answer = await world.console(world.node({ drac_vnc_encryption: 'off' })).enable();
    expect(tcpOf(answer).tls?.mode ?? TlsMode.NONE).toBe(TlsMode.NONE);
    using _viewer = await watch(answer);
  });
});

describe('an iDRAC that is not ready for longer than a call lasts', () => {
  it.each([['wsman'], ['redfish']])('is told as that and not as silence: %s', async (drac_transport) => {
    const timings = { ...briefTimings, validateMs: 1_500, readyMs: 6_000 };
    await using world = await startIdracWorld({ timings, misbehave: { notReadyMs: 60_000 } });
    const found = await world.console(world.node({ drac_transport })).validate();
    expect(found).toMatchObject([{ reason: 'BMC_NOT_READY' }]);
  });
});

describe('a console whose iDRAC cannot be asked why its VNC server does not answer', () => {
  it('is told with both', async () => {
    await using world = await startIdracWorld();
    const console = world.console();
    await console.enable();
    await world.idrac.attributes.set('VNCServer.1#Enable', 'Disabled');
    world.idrac.misbehave.truncated = true;
    const { failure } = await console.look();
    expect(failure).toMatchObject({
      reason: 'BMC_REFUSED',
      message: expect.stringMatching(/refuses the connection.*The iDRAC does not say why: ./),
    });
  });
});

describe('a VNC server that somebody has enabled already', () => {
  const attributes = { 'VNCServer.1#Enable': 'Enabled', 'VNCServer.1#Password': 'theirs12' };

  it('is theirs', async () => {
    await using world = await startIdracWorld({ attributes });
    const error = await failure(world.console().enable());
    expect(error.reason).toBe('BMC_IN_USE');
    expect(world.idrac.journal).toEqual([]);
  });

  it('is used as it is with its password; nothing is changed, then or later', async () => {
    await using world = await startIdracWorld({ attributes });
    const before = world.settings();
    const clear = { drac_vnc_encryption: 'keep' };
    const console = world.console(world.node(clear, { drac_vnc_password: 'theirs12' }));
    expect(await console.prepare()).toEqual([]);
    using _viewer = await watch(await console.start());
    const asked = world.idrac.requests.length;
    expect(await console.stop()).toEqual([]);
    expect(world.idrac.requests).toHaveLength(asked);
    expect(world.idrac.journal).toEqual([]);
    expect(world.settings()).toEqual(before);
  });

  it('is not opened with a wrong password of theirs, which is tried once, and can be given up', async () => {
    await using world = await startIdracWorld({ attributes });
    const clear = { drac_vnc_encryption: 'keep' };
    const console = world.console(world.node(clear, { drac_vnc_password: 'wrong' }));
    expect((await failure(console.enable())).reason).toBe('BMC_AUTHENTICATION_FAILED');
    expect(await console.stop()).toEqual([]);
  });

  it('is taken over when that is asked for, and left enabled, which is said', async () => {
    await using world = await startIdracWorld({ attributes });
    const before = world.settings();
    const console = world.console(world.node({ drac_vnc_take_over: 'true' }));
    using _viewer = await watch(await console.enable());
    expect(await console.stop()).toEqual([expect.stringContaining('Set it anew')]);
    expect(world.settings()).toEqual(before);
  });
});

describe('a console that is watched', () => {
  const change =
    (values: Record<string, string>) => async (world: Awaited<ReturnType<typeof startIdracWorld>>) => {
      for (const [name, value] of Object.entries(values))
        await world.idrac.attributes.set(`VNCServer.1#${name}`, value);
    };
  it.each([
    ['disabled', change({ Enable: 'Disabled' }), 'BMC_REFUSED', /somebody has disabled/],
    ['given another password', change({ Password: 'other123' }), 'BMC_ERROR', /changed the VNC password/],
    [
      'given other encryption',
      change({ SSLEncryptionBitLength: 'Disabled' }),
      'BMC_PROTOCOL_ERROR',
      /port or encryption/,
    ],
  ])('is lost when the VNC server is %s by hand, and comes back', async (_name, spoil, reason, words) => {
    await using world = await startIdracWorld();
    const before = world.settings();
    const console = world.console();
    await console.enable();
    await spoil(world);
    expect(await console.look()).toMatchObject({
      phase: ConsolePhase.STOPPED,
      failure: { reason, message: expect.stringMatching(words) },
    });
    using _viewer = await watch(await console.start());
    await console.stop();
    expect(world.settings()).toEqual(before);
  });

  it('is lost when the VNC server wedges, and comes back', async () => {
    await using world = await startIdracWorld({ vncMisbehave: { wedgeAfter: 1 } });
    const console = world.console();
    const answer = await console.enable();
    {
      using _viewer = await watch(answer);
    }
    await expect.poll(() => world.idrac.vnc.sessions).toBe(0);
    expect(await console.look()).toMatchObject({
      phase: ConsolePhase.STOPPED,
      failure: { reason: 'BMC_TIMEOUT' },
    });
    using _viewer = await watch(await console.start());
  });

  it('is well while its one place is taken', async () => {
    await using world = await startIdracWorld({ generation: '8' });
    const console = world.console();
    using _viewer = await watch(await console.enable());
    expect(await console.look()).toMatchObject({ phase: ConsolePhase.READY });
  });

  it('is adopted by another instance without a write, and put back by it', async () => {
    await using world = await startIdracWorld({ generation: '8' });
    const before = world.settings();
    const console = world.console();
    using viewer = await watch(await console.enable());
    const writes = world.idrac.journal.length;
    const adopted = console.at(1);
    await adopted.start();
    expect(world.idrac.journal).toHaveLength(writes);
    expect(viewer.stream.destroyed).toBe(false);
    await adopted.stop();
    expect(world.settings()).toEqual(before);
  });
});
