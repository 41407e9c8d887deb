import { describe, expect, it } from 'vitest';
import { handler } from '../bmc/handlers.ts';
import { COMPLETION } from '../codec/status.ts';
import { chassisControl } from '../commands/chassis-control.ts';
import { getChassisStatus } from '../commands/chassis-status.ts';
import { getDeviceId } from '../commands/device-id.ts';
import { getPayloadInstance } from '../commands/payload-instance.ts';
import { getSessionInfo } from '../commands/session-info.ts';
import { ADMIN, createStage, failure } from '../testing/stage.ts';

describe('a session', () => {
  it('runs commands and gives their answers', async () => {
    let on = false;
    const stage = createStage({
      deviceId: { manufacturer: 674, firmware: { major: 2, minor: 85 } },
      chassis: {
        powerOn: () => on,
        control: (action) => {
          on = action !== 'off';
        },
      },
    });
    const session = await stage.open();
    expect(await stage.until(session.run(getDeviceId, {}))).toMatchObject({
      manufacturer: 674,
      firmware: { major: 2, minor: 85 },
    });
    expect(await stage.until(session.run(getChassisStatus, {}))).toMatchObject({ powerOn: false });
    await stage.until(session.run(chassisControl, { action: 'on' }));
    expect(await stage.until(session.run(getChassisStatus, {}))).toMatchObject({ powerOn: true });
    expect(await stage.until(session.command(0x00, 0x01))).toEqual(Buffer.from([0x21, 0, 0]));
    const info = await stage.until(session.run(getSessionInfo, { sessionId: session.info.bmcSessionId }));
    expect(info.session).toEqual({
      user: ADMIN.id,
      privilege: 4,
      channel: 1,
      address: '192.0.2.1',
      port: 50_000,
    });
  });

  it('tells the completion code of a refused command, and lives on', async () => {
    const stage = createStage();
    const session = await stage.open();
    expect(await failure(stage.until(session.command(0x2e, 0x01)))).toMatchObject({
      code: 'COMMAND_FAILED',
      details: { completionCode: COMPLETION.invalidCommand },
    });
    await stage.until(session.command(6, 1));
  });

  it('repeats a command that is lost on either way, which is done once all the same', async () => {
    let done = 0;
    const stage = createStage({
      handlers: [
        handler(chassisControl, 3, () => {
          done += 1;
          return {};
        }),
      ],
    });
    const session = await stage.open();
    let n = 0;
    stage.network.filter = () => ![0, 2].includes(n++);
    await stage.until(session.run(chassisControl, { action: 'cycle' }));
    expect(done).toBe(1);
    expect(session.counters.sent).toBe(1 + 3);
  });

  it('asks again when the BMC is busy', async () => {
    const stage = createStage();
    const session = await stage.open();
    let busy = 2;
    stage.bmc.faults.completion = () => (busy-- > 0 ? COMPLETION.busy : undefined);
    await stage.until(session.command(6, 1));
    expect(busy).toBe(-1);
  });

  it('runs many commands in order, one at a time, and refuses more than 64 that wait', async () => {
    const stage = createStage();
    const session = await stage.open();
    const commands = Array.from({ length: 70 }, () => session.command(6, 1).catch((e) => e.code));
    const answers = await stage.until(Promise.all(commands));
    expect(answers.filter((answer) => answer === 'OVERLOADED')).toHaveLength(5);
    expect(answers.filter(Buffer.isBuffer)).toHaveLength(65);
  });

  it('lets the caller end a command, and answers the next', async () => {
    const stage = createStage();
    const session = await stage.open();
    const controller = new AbortController();
    const waiting = session.command(6, 1, undefined, { signal: controller.signal });
    controller.abort();
    expect(await failure(waiting)).toMatchObject({ code: 'CANCELLED' });
    await stage.until(session.command(6, 1));
  });

  it('drops packets that come twice, are forged, or belong to nobody', async () => {
    const stage = createStage();
    const session = await stage.open();
    stage.network.weather = { loss: 0, duplication: 1, delayMs: [1, 1] };
    await stage.until(session.command(6, 1));
    await stage.clock.advance(5);
    const forged = Buffer.from(stage.network.log.findLast((e) => e.direction === 'toConsole')!.packet);
    forged[forged.length - 1]! ^= 1;
    const before = session.counters.dropped;
    stage.network.attach('192.0.2.10', 623, (_packet, _from, reply) => {
      reply(forged);
      reply(Buffer.from('nonsense'));
    });
    expect(before).toBeGreaterThan(0);
    const waiting = failure(session.command(6, 1));
    await stage.clock.advance(10);
    expect(session.counters.dropped).toBeGreaterThan(before);
    expect((await stage.until(waiting)).code).toBe('SESSION_LOST');
  });

  it('asks for a sign of life after 15 s of silence, and goes on', async () => {
    const stage = createStage();
    const session = await stage.open();
    await stage.clock.advance(61_000);
    expect(session.counters.keepalives).toBe(4);
    expect(stage.bmc.sessions).toHaveLength(1);
  });

  it('asks for it while serial data flows too, since a BMC may count commands alone', async () => {
    const stage = createStage();
    const session = await stage.open();
    const line = await stage.until(session.activateSol());
    line.resume();
    for (let second = 0; second < 61; second += 1) {
      line.write('x');
      stage.bmc.serial.write('y');
      await stage.clock.advance(1_000);
    }
    expect(session.counters.keepalives).toBe(4);
  });

  it('does not ask again at once where such a question stays unanswered and serial data comes', async () => {
    const silence = () => new Promise<never>(() => {});
    const stage = createStage({
      handlers: [handler(getDeviceId, 2, silence), handler(getPayloadInstance, 2, silence)],
    });
    const session = await stage.open({ timeouts: { keepaliveMs: 5_000 } });
    const line = await stage.until(session.activateSol());
    line.resume();
    for (let second = 0; second < 61; second += 1) {
      stage.bmc.serial.write('y');
      await stage.clock.advance(1_000);
    }
    // Each is tried for ten seconds, and the next comes five after it.
    expect(session.counters.keepalives).toBe(4);
    expect(line.destroyed).toBe(false);
  });

  it('needs one timer while it is idle', async () => {
    const stage = createStage();
    await stage.open();
    await stage.clock.advance(1_000);
    // The other is the BMC's.
    expect(stage.clock.armed).toBe(2);
  });

  it('notices that the BMC forgot it', async () => {
    const stage = createStage();
    const session = await stage.open();
    stage.bmc.lose();
    expect(await stage.until(session.ended)).toMatchObject({ code: 'SESSION_LOST' });
    expect(await failure(session.command(6, 1))).toMatchObject({ code: 'SESSION_LOST' });
    await session.close();
    // The last packet is still on its way.
    await stage.clock.advance(5);
    expect(stage.clock.armed).toBe(0);
  });

  it('does not take a single command that stays unanswered for a lost session', async () => {
    const stage = createStage({
      handlers: [handler(getChassisStatus, 2, () => new Promise<never>(() => {}))],
    });
    const session = await stage.open();
    const line = await stage.until(session.activateSol());
    line.on('data', () => {});
    const waiting = failure(session.run(getChassisStatus, {}));
    const chatter = stage.clock.after(3_000, () => stage.bmc.serial.write('still here'));
    expect((await stage.until(waiting)).code).toBe('TIMEOUT');
    chatter[Symbol.dispose]();
    await stage.until(session.command(6, 1));
  });

  it('tells the BMC when it is closed, once', async () => {
    const stage = createStage();
    const session = await stage.open();
    await stage.until(Promise.all([session.close(), session.close()]));
    expect(stage.bmc.sessions).toEqual([]);
    expect((await session.ended).code).toBe('CLOSED');
    expect(await failure(session.command(6, 1))).toMatchObject({ code: 'CLOSED' });
    expect(await failure(session.activateSol())).toMatchObject({ code: 'CLOSED' });
  });

  it('closes in two seconds even if nobody answers', async () => {
    const stage = createStage();
    const session = await stage.open();
    await stage.until(session.activateSol());
    stage.network.filter = () => false;
    const from = stage.clock.now();
    await stage.until(session.close());
    expect(stage.clock.now() - from).toBeLessThanOrEqual(2_000);
  });

  it.each([0, 70])(
    'is closed at the BMC though that leaves a command unanswered, and %i more wait behind it',
    async (more) => {
      const stage = createStage({
        handlers: [handler(getChassisStatus, 2, () => new Promise<never>(() => {}))],
      });
      const session = await stage.open();
      await stage.until(session.activateSol());
      const commands = [failure(session.run(getChassisStatus, {}))];
      for (let i = 0; i < more; i++) commands.push(failure(session.command(6, 1)));
      const from = stage.clock.now();
      await stage.until(session.close());
      expect(stage.clock.now() - from).toBeLessThanOrEqual(2_000);
      await stage.clock.advance(5);
      expect(stage.bmc.sessions).toEqual([]);
      expect(stage.bmc.solOwner).toBeUndefined();
      for (const { code } of await Promise.all(commands)) expect(code).toMatch(/^(CLOSED|OVERLOADED)$/);
    },
  );

  it('goes on after an outage in which many packets of the BMC were lost', async () => {
    const stage = createStage();
    const session = await stage.open();
    const line = await stage.until(session.activateSol());
    const got: Buffer[] = [];
    line.on('data', (chunk) => got.push(chunk));
    let lost = 0;
    stage.network.filter = (direction) => direction !== 'toConsole' || ++lost > 5;
    stage.bmc.serial.write('after the outage');
    await stage.clock.advance(20_000);
    expect(Buffer.concat(got).toString()).toBe('after the outage');
  });

  it('goes on at once where two sessions to one BMC share a socket', async () => {
    const stage = createStage();
    const [one, two] = [await stage.open(), await stage.open()];
    await stage.until(Promise.all([one.command(6, 1), two.command(6, 1)]));
    await stage.until(one.close());
    await stage.until(two.command(6, 1));
    expect(stage.bmc.sessions).toHaveLength(1);
  });
});
