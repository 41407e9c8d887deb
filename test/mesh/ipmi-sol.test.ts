import { BootDevice, ConsolePhase, PowerAction, PowerState } from '@consolemesh/contracts/driver';
import type { SolLine } from '@consolemesh/ipmi';
import { describe, expect, it } from 'vitest';
import type { AttachClient } from '../../libs/conformance/src/attach-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type SolWorld, startSolWorld } from '../harness/sol-world.ts';

/** A viewer that sees what it types. */
async function watch(client: AttachClient): Promise<AttachClient> {
  await client.event('opened');
  client.send(Buffer.from('hello'));
  await client.readUntil('hello');
  return client;
}

/** Somebody else takes the console, and hears what was done to them. */
async function steal(world: SolWorld): Promise<SolLine> {
  const session = await world.intrude();
  const line = await session.activateSol({ takeOver: true });
  line.on('error', () => {});
  return line;
}

const reason = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: { reason?: string; message?: string }) => `${error.reason}: ${error.message}`,
  );

describe('a console that somebody has', () => {
  it('is not taken from them: who wants it is told who has it, and gets it when it is free', async () => {
    await using world = await startSolWorld();
    const line = await (await world.intrude()).activateSol();
    const console = world.console();
    expect((await console.start()).why).toMatch(
      /At the moment user "stranger" at 127\.0\.0\.1:\d+ .* has it/,
    );
    const refused = await reason(console.attach().ended);
    expect(refused).toMatch(/^BMC_BUSY: .*user "stranger" at 127\.0\.0\.1:\d+ \(BMC session 0x[0-9a-f]+\)/);
    expect(refused).toMatch(/ipmi_sol_take_over = stale/);
    expect(world.machine.bmc.solOwner?.user.name).toBe('stranger');
    expect((await console.look()).phase).toBe(ConsolePhase.READY);
    await line.close();
    await using viewer = console.attach();
    await watch(viewer);
  });

  it('is not taken from them at a BMC that would give it to whoever comes last', async () => {
    const generous = { completion: (_name: string): undefined => undefined };
    await using world = await startSolWorld({ faults: { completion: (name) => generous.completion(name) } });
    const line = await (await world.intrude()).activateSol();
    generous.completion = (name) => {
      if (name === 'Activate Payload') world.machine.bmc.steal();
    };
    const console = world.console();
    await console.start();
    expect(await reason(console.attach().ended)).toMatch(/^BMC_BUSY: .*user "stranger"/);
    expect(line.destroyed).toBe(false);
  });

  it('is taken from them when that is asked for, and the log says from whom', async () => {
    await using world = await startSolWorld();
    const line = await (await world.intrude()).activateSol();
    line.on('error', () => {});
    const console = world.console({ ipmi_sol_take_over: 'always' });
    await console.start();
    await using viewer = console.attach();
    await watch(viewer);
    expect((await line.ended).code).toBe('SOL_STOLEN');
    expect(world.log.join('')).toMatch(/stranger.*take a serial console over/);
  });

  it.each([
    ['stale', 'opened'],
    ['never', 'BMC_BUSY'],
  ])('and whose owner is gone is, with ipmi_sol_take_over = %s, %s', async (take, expected) => {
    let stuck = true;
    await using world = await startSolWorld({
      faults: {
        completion(name) {
          if (name === 'Deactivate Payload') stuck = false;
          return name === 'Activate Payload' && stuck ? 0x80 : undefined;
        },
      },
    });
    const console = world.console({ ipmi_sol_take_over: take });
    await console.start();
    await using viewer = console.attach();
    const outcome = await Promise.race([
      reason(viewer.ended),
      viewer.event('opened').then(
        () => 'opened',
        (error: { reason: string }) => error.reason,
      ),
    ]);
    expect(outcome).toContain(expected);
  });
});

describe('a console that is taken away from those who look at it', () => {
  it('comes back when nobody has it, and its viewers are told who has taken it', async () => {
    await using world = await startSolWorld();
    const console = world.console();
    await console.start();
    await using viewer = console.attach();
    await watch(viewer);
    const thief = await steal(world);
    const lost = await viewer.event('upstreamLost');
    expect(lost.reason).toBe('BMC_BUSY');
    expect(lost.message).toMatch(
      /user "stranger" at 127.* has taken the serial console over\. It comes back/,
    );
    await eventually(() => world.machine.bmc.sessions.length === 1, Boolean, { what: 'our session ended' });
    await thief.close();
    await viewer.event('upstreamRestored');
    await watch2(viewer);
  });

  it('is left alone until it is opened anew, with ipmi_sol_reclaim = never', async () => {
    await using world = await startSolWorld();
    const console = world.console({ ipmi_sol_reclaim: 'never' });
    await console.start();
    const viewer = console.attach();
    await watch(viewer);
    const thief = await steal(world);
    const { message } = await viewer.event('upstreamLost');
    expect(message).toMatch(/stranger.*It is not taken back: to do so, leave it and open it again/);
    await thief.close();
    await viewer[Symbol.asyncDispose]();
    await eventually(async () => (await console.look()).sessions === 0);
    await using again = console.attach();
    await watch(again);
  });

  it('is taken back a few times with ipmi_sol_reclaim = always, and not for ever', async () => {
    await using world = await startSolWorld({ timings: { takeBacks: 2, takeBackMs: 500 } });
    const console = world.console({ ipmi_sol_reclaim: 'always' });
    await console.start();
    await using viewer = console.attach();
    await watch(viewer);
    for (let round = 0; round < 2; round += 1) {
      const thief = await steal(world);
      const { message } = await viewer.event('upstreamLost');
      expect(message).toMatch(/taken back in a moment/);
      expect((await thief.ended).code).toBe('SOL_STOLEN');
      await viewer.event('upstreamRestored');
    }
    const thief = await steal(world);
    expect((await viewer.event('upstreamLost')).message).toMatch(/It comes back when nobody has it/);
    const logins = world.machine.logins();
    await eventually(() => world.machine.logins() > logins, Boolean, { what: 'a look whether it is free' });
    expect(world.machine.bmc.solOwner?.user.name).toBe('stranger');
    await thief.close();
    await viewer.event('upstreamRestored');
  });

  it('comes back at once when somebody has only ended it', async () => {
    await using world = await startSolWorld();
    const console = world.console();
    await console.start();
    await using viewer = console.attach();
    await watch(viewer);
    world.machine.bmc.steal();
    const { reason, message } = await viewer.event('upstreamLost');
    expect(reason).toBe('UPSTREAM_CLOSED');
    expect(message).toMatch(/somebody has ended the serial console at the BMC/);
    await viewer.event('upstreamRestored');
    await watch2(viewer);
  });
});

describe('a BMC that forgets everything', () => {
  it('is noticed, told to the viewers and opened again', async () => {
    await using world = await startSolWorld();
    const console = world.console({ ipmi_keepalive_seconds: '1' });
    await console.start();
    await using viewer = console.attach();
    await watch(viewer);
    world.machine.bmc.lose();
    const { reason, message } = await viewer.event('upstreamLost');
    expect(reason).toBe('UPSTREAM_LOST');
    expect(message).toMatch(/does not answer any more, or has forgotten the session/);
    await viewer.event('upstreamRestored');
    await watch2(viewer);
  });
});

describe('nothing is left at the BMC', () => {
  it('when a console is stopped, and none of its sessions stands', async () => {
    await using world = await startSolWorld();
    const console = world.console({ ipmi_sol_hold: 'always' });
    await console.start();
    await eventually(() => world.machine.bmc.solOwner !== undefined);
    await console.stop();
    expect(world.machine.bmc.solOwner).toBe(undefined);
    expect(world.machine.bmc.sessions).toEqual([]);
  });

  it('when a driver is shut down', async () => {
    await using world = await startSolWorld();
    const console = world.console({ ipmi_sol_hold: 'always' });
    await console.start();
    await eventually(() => world.machine.bmc.solOwner !== undefined);
    await world.shutDown();
    expect(world.machine.bmc.sessions).toEqual([]);
  });

  it('of a login whose console cannot be opened', async () => {
    await using world = await startSolWorld({
      faults: { completion: (name) => (name === 'Activate Payload' ? 0x82 : undefined) },
    });
    const console = world.console();
    await console.start();
    expect(await reason(console.attach().ended)).toMatch(/^BMC_BUSY/);
    expect(world.machine.bmc.sessions).toEqual([]);
  });

  it('of an instance that is gone, when another one takes its console over', async () => {
    await using world = await startSolWorld({ instances: 2 });
    const first = world.console({ ipmi_sol_hold: 'always' });
    await first.start();
    await eventually(() => world.machine.bmc.solOwner !== undefined);
    await eventually(async () => (await first.look()).driverState.length > 100);
    const [left] = world.machine.bmc.sessions;
    // The first one is still there and knows nothing of that: for the second it is as if it were dead.
    const second = first.at(1);
    await second.start();
    await eventually(() => world.machine.bmc.solOwner !== undefined && world.machine.bmc.solOwner !== left);
    expect(world.machine.bmc.sessions).not.toContain(left);
  });
});

describe('power and boot device', () => {
  it('are set in the session of the open console, where there is one', async () => {
    await using world = await startSolWorld({ maxSessions: 1 });
    const console = world.console();
    await console.start();
    await using viewer = console.attach();
    await watch(viewer);
    expect(await console.setPower(PowerAction.OFF)).toBe(PowerState.OFF);
    expect(await console.setPower(PowerAction.ON)).toBe(PowerState.ON);
    expect(await console.getPower()).toBe(PowerState.ON);
    await console.setPower(PowerAction.NMI);
    expect(world.machine.actions).toEqual(['off', 'on', 'interrupt']);
    await console.boot(BootDevice.PXE);
    expect(world.machine.bootDevice()).toBe('network');
    await watch2(viewer);
  });
});

/** The same viewer sees what it types again. */
async function watch2(viewer: AttachClient): Promise<void> {
  viewer.send(Buffer.from('again'));
  await viewer.readUntil('again');
}
