import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPLETION } from '../codec/status.ts';
import type { Quirks } from '../quirks.ts';
import { ADMIN, createStage, failure, readBytes, type Stage } from '../testing/stage.ts';
import type { ActivateSolOptions } from './activate.ts';

async function openLine(stage: Stage, options: ActivateSolOptions = {}) {
  const session = await stage.open();
  const line = await stage.until(session.activateSol(options));
  return { session, line };
}

const noise = (bytes: number) =>
  Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

describe('a serial console', () => {
  it('carries bytes both ways', async () => {
    const stage = createStage();
    const { line } = await openLine(stage);
    line.write('ls\r');
    expect((await readBytes(stage, stage.bmc.serial, 3)).toString()).toBe('ls\r');
    stage.bmc.serial.write('file\r\n');
    expect((await readBytes(stage, line, 6)).toString()).toBe('file\r\n');
  });

  it.each([
    [true, true, 0xc1],
    [false, true, 0x41],
    [false, false, 0x01],
    [true, false, 0x81],
  ])('is protected as asked: encrypted %s, authenticated %s', async (encrypt, authenticate, type) => {
    const stage = createStage();
    const { line } = await openLine(stage, { encrypt, authenticate });
    stage.network.log.length = 0;
    line.write('x');
    await readBytes(stage, stage.bmc.serial, 1);
    stage.bmc.serial.write('y');
    expect((await readBytes(stage, line, 1)).toString()).toBe('y');
    const types = stage.network.log.map(({ packet }) => packet[5]).filter((t) => (t! & 0x3f) === 1);
    expect(types.length).toBeGreaterThan(2);
    expect(new Set(types)).toEqual(new Set([type]));
  });

  it('does not take unprotected packets for a line that is authenticated', async () => {
    const stage = createStage();
    const { session, line } = await openLine(stage);
    const forged = Buffer.from('0600ff0706010000000001000000050001000000', 'hex');
    const packet = Buffer.concat([forged, Buffer.from('!')]);
    packet.writeUInt32LE(session.info.consoleSessionId, 6);
    line.write('x');
    stage.network.attach('192.0.2.10', 623, (_packet, _from, reply) => reply(packet));
    await stage.clock.advance(100);
    expect(line.readableLength).toBe(0);
    expect(session.counters.dropped).toBeGreaterThan(0);
  });

  it('keeps what a slow reader does not take within bounds, and loses nothing', async () => {
    const stage = createStage();
    const { line } = await openLine(stage, { maxBuffered: 1_000 });
    const sent = noise(20_000);
    stage.bmc.serial.write(sent);
    stage.network.log.length = 0;
    await stage.clock.advance(30_000);
    expect(line.readableLength).toBe(1_000);
    // Refusals at the pace of the BMC's repetitions, not at the network's.
    expect(stage.network.log.length).toBeLessThan(400);
    expect(await readBytes(stage, line, sent.length)).toEqual(sent);
  });

  it('makes a writer wait whose characters are not taken', async () => {
    const stage = createStage();
    const { line } = await openLine(stage);
    stage.bmc.faults.room = () => 0;
    expect(line.write(noise(20_000))).toBe(false);
    await stage.clock.advance(60_000);
    expect(line.writableLength).toBe(20_000);
    delete stage.bmc.faults.room;
    expect(await readBytes(stage, stage.bmc.serial, 20_000)).toEqual(noise(20_000));
  });

  it('sends a break, and tells of breaks and overruns', async () => {
    const stage = createStage();
    const { line } = await openLine(stage);
    const events: string[] = [];
    stage.bmc.serial.on('break', () => events.push('at the machine'));
    line.on('break', () => events.push('at the console'));
    line.on('overrun', () => events.push('overrun'));
    await stage.until(line.break());
    stage.bmc.report('break');
    stage.bmc.report('overrun');
    await stage.clock.advance(10);
    expect(events).toEqual(['at the machine', 'at the console', 'overrun']);
  });

  it('waits while the BMC cannot transfer, says so, and goes on by itself', async () => {
    const stage = createStage();
    const { line } = await openLine(stage);
    const told: boolean[] = [];
    line.on('unavailable', (unavailable) => told.push(unavailable));
    stage.bmc.solUnavailable = true;
    line.write('power on');
    await stage.clock.advance(120_000);
    expect(line.unavailable).toBe(true);
    stage.bmc.solUnavailable = false;
    expect((await readBytes(stage, stage.bmc.serial, 8)).toString()).toBe('power on');
    expect(told).toEqual([true, false]);
  });

  it('says when it was stolen, and leaves the thief alone', async () => {
    const stage = createStage();
    const { session, line } = await openLine(stage);
    const lost = new Promise((resolve) => line.once('error', resolve));
    const thief = await stage.open();
    const stolen = await stage.until(thief.activateSol({ takeOver: true }));
    expect(await stage.until(lost)).toMatchObject({ code: 'SOL_STOLEN' });
    expect(await line.ended).toMatchObject({ code: 'SOL_STOLEN' });
    stolen.write('mine');
    expect((await readBytes(stage, stage.bmc.serial, 4)).toString()).toBe('mine');
    expect(stage.bmc.solOwner?.id).toBe(thief.info.bmcSessionId);
    await stage.until(session.command(6, 1));
  });

  it('notices within a quarter of a minute that a BMC gave it away silently', async () => {
    const stage = createStage();
    const { line } = await openLine(stage);
    const lost = new Promise((resolve) => line.once('error', resolve));
    const thief = await stage.open();
    await stage.clock.advance(100);
    // What tells the owner is lost.
    stage.network.filter = (direction, packet) => direction === 'toBmc' || (packet[5]! & 0x3f) !== 1;
    await stage.until(thief.activateSol({ takeOver: true }));
    stage.network.filter = () => true;
    const from = stage.clock.now();
    expect(await stage.until(lost)).toMatchObject({
      code: 'SOL_STOLEN',
      details: { owner: thief.info.bmcSessionId },
    });
    expect(stage.clock.now() - from).toBeLessThanOrEqual(15_100);
    expect(stage.bmc.solOwner?.id).toBe(thief.info.bmcSessionId);
  });

  it('tells who has it when it is taken already', async () => {
    const stage = createStage();
    const { session } = await openLine(stage);
    const second = await stage.open();
    expect(await failure(stage.until(second.activateSol()))).toMatchObject({
      code: 'SOL_BUSY',
      details: { owner: session.info.bmcSessionId },
    });
    expect(await failure(session.activateSol())).toMatchObject({ code: 'SOL_BUSY' });
  });

  it('can be opened again after it was closed', async () => {
    const stage = createStage();
    const { session, line } = await openLine(stage);
    await stage.until(line.close());
    expect(stage.bmc.solOwner).toBeUndefined();
    expect((await line.ended).code).toBe('CLOSED');
    const again = await stage.until(session.activateSol());
    again.write('x');
    await readBytes(stage, stage.bmc.serial, 1);
  });

  it('is given up when somebody destroys the stream, and when the session closes', async () => {
    const stage = createStage();
    const { session, line } = await openLine(stage);
    line.on('error', () => {});
    line.destroy(new Error('the relay failed'));
    await stage.clock.advance(100);
    expect(stage.bmc.solOwner).toBeUndefined();
    await stage.until(session.activateSol());
    await stage.until(session.close());
    expect(stage.bmc.solOwner).toBeUndefined();
  });

  it('ends with the session', async () => {
    const stage = createStage();
    const { line } = await openLine(stage);
    const lost = new Promise((resolve) => line.once('error', resolve));
    stage.bmc.lose();
    expect(await stage.until(lost)).toMatchObject({ code: 'SESSION_LOST' });
  });

  it('says SOL_LOST when the session lives and nothing is acknowledged', async () => {
    const stage = createStage();
    const { session, line } = await openLine(stage);
    const lost = new Promise((resolve) => line.once('error', resolve));
    stage.network.filter = (direction, packet) => direction === 'toConsole' || (packet[5]! & 0x3f) !== 1;
    line.write('x');
    expect(await stage.until(lost)).toMatchObject({ code: 'SOL_LOST' });
    await stage.until(session.command(6, 1));
  });

  it.each([
    ['SOL_DISABLED', 0x81],
    ['SOL_LIMIT', 0x82],
    ['SOL_NO_ENCRYPTION', 0x83],
    ['SOL_NEEDS_ENCRYPTION', 0x84],
    ['PRIVILEGE_REFUSED', COMPLETION.insufficientPrivilege],
    ['COMMAND_FAILED', COMPLETION.invalidCommand],
  ])('fails with %s at completion code %i', async (code, completion) => {
    const stage = createStage();
    const session = await stage.open();
    stage.bmc.faults.completion = (name) => (name === 'Activate Payload' ? completion : undefined);
    expect(await failure(stage.until(session.activateSol()))).toMatchObject({
      code,
      details: { completionCode: completion },
    });
  });

  it('is opened without encryption where that is all there is, if that is preferred to none', async () => {
    const stage = createStage({ quirks: { plainSol: true } });
    const session = await stage.open();
    expect(await failure(stage.until(session.activateSol()))).toMatchObject({ code: 'SOL_NO_ENCRYPTION' });
    const line = await stage.until(session.activateSol({ encrypt: 'preferred' }));
    line.write('x');
    await readBytes(stage, stage.bmc.serial, 1);
  });

  it('refuses another port unless it is told to ignore it, and does not leave it active', async () => {
    const stage = createStage();
    stage.bmc.faults.activation = { port: 2068 };
    const session = await stage.open();
    expect(await failure(stage.until(session.activateSol()))).toMatchObject({
      code: 'SOL_OTHER_PORT',
      details: { port: 2068 },
    });
    expect(stage.bmc.solOwner).toBeUndefined();
    const ignoring = await stage.open({ quirks: ['solport'] });
    await stage.until(ignoring.activateSol());
  });

  it.each([
    ['small', { solBytes: 6 }, {}, 2],
    ['nonsense', { solBytes: 0xffff }, {}, 28],
    ['not to be believed', { solBytes: 259 }, { quirks: ['solpayloadsize' as const] }, 28],
  ])('sends packets of the size that the BMC takes, where it is %s', async (_what, bmc, open, characters) => {
    const stage = createStage(bmc);
    const session = await stage.open({ ...open, suites: [2, 3] });
    const line = await stage.until(session.activateSol({ encrypt: false, authenticate: false }));
    stage.network.log.length = 0;
    line.write(noise(100));
    await readBytes(stage, stage.bmc.serial, 100);
    const sizes = stage.network.log
      .filter(({ direction, packet }) => direction === 'toBmc' && packet[5] === 1)
      .map(({ packet }) => packet.length - 20);
    expect(Math.max(...sizes)).toBe(characters);
  });

  it('lives with a BMC that acknowledges zero characters and means all, by quirk', async () => {
    const quirks: Partial<Quirks> = {
      zeroAcceptedIsAll: true,
      openPrivilege: 'wanted',
      rakp3Role: 'withoutLookup',
    };
    const stage = createStage({ quirks });
    const session = await stage.open({ quirks: ['intelplus'] });
    const line = await stage.until(session.activateSol());
    line.write('once');
    line.write('!');
    expect((await readBytes(stage, stage.bmc.serial, 5)).toString()).toBe('once!');
    await stage.clock.advance(20_000);
    expect(stage.bmc.serial.readableLength).toBe(0);
  });

  it('is not left active when the caller gives up during the activation', async () => {
    const stage = createStage();
    const session = await stage.open();
    const controller = new AbortController();
    const waiting = failure(session.activateSol({ signal: controller.signal }));
    await stage.clock.advance(1);
    controller.abort();
    expect((await stage.until(waiting)).code).toBe('CANCELLED');
    await stage.clock.advance(100);
    expect(stage.bmc.solOwner).toBeUndefined();
    await stage.until(session.activateSol());
  });

  it.each([0, 1, 2, 3])(
    'that somebody else has stays theirs when the caller gives up during the activation, after %i ms',
    async (ms) => {
      const stage = createStage();
      const { session: owner, line } = await openLine(stage);
      const second = await stage.open();
      const controller = new AbortController();
      const waiting = failure(second.activateSol({ signal: controller.signal }));
      await stage.clock.advance(ms);
      controller.abort();
      expect((await stage.until(waiting)).code).toMatch(/CANCELLED|SOL_BUSY/);
      await stage.clock.advance(100);
      expect(stage.bmc.solOwner?.id).toBe(owner.info.bmcSessionId);
      line.write('mine');
      expect((await readBytes(stage, stage.bmc.serial, 4)).toString()).toBe('mine');
    },
  );

  it('that a session wants again at once, after its caller gave up, waits until that is over', async () => {
    const stage = createStage();
    const session = await stage.open();
    const controller = new AbortController();
    const waiting = failure(session.activateSol({ signal: controller.signal }));
    await stage.clock.advance(1);
    controller.abort();
    expect((await stage.until(waiting)).code).toBe('CANCELLED');
    const line = await stage.until(session.activateSol());
    line.write('x');
    await readBytes(stage, stage.bmc.serial, 1);
  });

  it('is deactivated before the session is closed, though the session is closed while it is being activated', async () => {
    const stage = createStage();
    const commands: string[] = [];
    stage.bmc.faults.completion = (name) => void commands.push(name);
    const session = await stage.open();
    const waiting = failure(session.activateSol());
    await stage.until(session.close());
    expect((await waiting).code).toBe('CLOSED');
    expect(commands.slice(-3)).toEqual(['Activate Payload', 'Deactivate Payload', 'Close Session']);
    expect(stage.bmc.solOwner).toBeUndefined();
    expect(stage.bmc.sessions).toEqual([]);
  });

  it('is opened where the BMC takes the repetition of an activation whose answer was lost for another one', async () => {
    const stage = createStage();
    const session = await stage.open();
    // The answer is lost, and so is what the BMC remembers of it.
    let first = true;
    stage.bmc.faults.completion = (name) => {
      if (name !== 'Activate Payload' || first) return undefined;
      return stage.bmc.solOwner === undefined ? undefined : 0x80;
    };
    stage.network.filter = (direction) => {
      if (direction === 'toBmc' || !first) return true;
      first = false;
      for (const each of stage.bmc.sessions) delete each.last;
      return false;
    };
    const line = await stage.until(session.activateSol());
    line.write('x');
    expect((await readBytes(stage, stage.bmc.serial, 1)).toString()).toBe('x');
  });

  it('needs no more than the one timer of its session', async () => {
    const stage = createStage();
    const { line } = await openLine(stage);
    line.write('x');
    await readBytes(stage, stage.bmc.serial, 1);
    await stage.clock.advance(1_000);
    expect(stage.clock.armed).toBe(2);
  });
});

describe('a serial console over a bad network', () => {
  const weather = fc.record({
    loss: fc.constantFrom(0, 0.1, 0.25),
    duplication: fc.constantFrom(0, 0.3),
    delayMs: fc.constantFrom([1, 1], [1, 40], [1, 400]) as fc.Arbitrary<[number, number]>,
  });
  const partial = fc.constantFrom<(n: number) => number>(
    (n) => n,
    (n) => Math.min(n, 7),
    (n) => (n % 3 === 0 ? 0 : n),
  );

  it('loses, doubles and reorders nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), weather, partial, fc.boolean(), async (seed, w, room, piggyback) => {
        const stage = createStage({ solBytes: 40, users: [ADMIN], piggyback }, seed);
        const { line } = await openLine(stage);
        stage.network.weather = w;
        let calls = 0;
        stage.bmc.faults.room = (free) => room(Math.min(free, (calls++ % 50) + 1));
        const typed = noise(300);
        const printed = noise(1_500);
        line.write(typed);
        stage.bmc.serial.write(printed);
        const [machine, console_] = await Promise.all([
          readBytes(stage, stage.bmc.serial, typed.length),
          readBytes(stage, line, printed.length),
        ]);
        expect(machine).toEqual(typed);
        expect(console_).toEqual(printed);
      }),
      { numRuns: 15 },
    );
  });
});
