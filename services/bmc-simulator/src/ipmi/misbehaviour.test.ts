import { getDeviceId, getPayloadActivation, pingBmc } from '@consolemesh/ipmi';
import { describe, expect, it } from 'vitest';
import { ipmiMisbehaviours, parseIpmiMisbehaviour } from './misbehaviour.ts';
import { readLine, startIpmi } from './testing.ts';

const start = (...words: string[]) => startIpmi({ misbehave: parseIpmiMisbehaviour(words) });

describe('parseIpmiMisbehaviour', () => {
  it('reads several words into one misbehaviour', () => {
    expect(
      parseIpmiMisbehaviour(['drop=5', 'suites=3+17', 'steal=100/50/quietly', 'quirk=icts+shortpassword']),
    ).toEqual({
      drop: 5,
      suites: [3, 17],
      steal: { afterMs: 100, holdMs: 50, quietly: true },
      quirks: ['icts', 'shortpassword'],
    });
  });

  it.each([
    'drop=101',
    'drop',
    'suites=1',
    'partial=0',
    'sol=odd',
    'steal=1',
    'quirk=odd',
    'silent=1',
    'sol-port=70000',
  ])('says how "%s" should be written', (word) => {
    expect(() => parseIpmiMisbehaviour([word])).toThrow(/should be written/);
  });

  it('has a name for each misbehaviour once', () => {
    const names = ipmiMisbehaviours.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a console survives', () => {
  it.each([
    ['drop=10'],
    ['duplicate=40'],
    ['reorder=25'],
    ['delay=20'],
    ['partial=1'],
    ['nack=2'],
    ['sol-size=0'],
    ['sol-size=65535'],
    ['swapped'],
    ['slow-login=150'],
    ['no-suite-list'],
    ['piggyback'],
    ['unavailable-when-off'],
    ['busy=2'],
    ['suites=17'],
    ['suites=3'],
    ['quirk=icts'],
    ['quirk=intel20'],
    ['quirk=solpayloadsize'],
  ])('%s', async (word) => {
    await using simulated = await start(word);
    await using session = await simulated.open();
    await using line = await session.activateSol();
    const reader = readLine(line);
    line.write('\r');
    await reader.find('login: ');
    line.write('root\r');
    await reader.find('Password: ');
    line.write('x\rseq 40\r');
    await reader.find('\r\n40\r\n');
    // Nothing was lost, doubled or turned round on the way.
    const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
    expect(reader.text).toContain(numbers.join('\r\n'));
  });
});

describe('a console is told', () => {
  it.each([
    ['full', 'NO_SESSION_LEFT'],
    ['unknown-user', 'UNKNOWN_USER'],
    ['no-privilege', 'PRIVILEGE_REFUSED'],
    ['silent', 'TIMEOUT'],
    ['suites=8+12', 'NO_SUITE'],
    ['quirk=authcap', 'NOT_IPMI2'],
  ])('%s, at the login', async (word, code) => {
    await using simulated = await start(word);
    await expect(simulated.open({ timeouts: { answerMs: 50, stepMs: 0, tries: 2 } })).rejects.toMatchObject({
      code,
    });
  });

  it('bad-integrity, where the BMC says that of a good check value', async () => {
    await using simulated = await start('bad-integrity');
    await expect(simulated.open()).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it.each([
    ['sol=disabled', 'SOL_DISABLED'],
    ['sol=limit', 'SOL_LIMIT'],
    ['sol=taken', 'SOL_BUSY'],
    ['sol-port=999', 'SOL_OTHER_PORT'],
  ])('%s, at the activation', async (word, code) => {
    await using simulated = await start(word);
    await using session = await simulated.open();
    await expect(session.activateSol()).rejects.toMatchObject({ code });
  });

  it('max-sessions: nobody else gets in', async () => {
    await using simulated = await start('max-sessions=1');
    await using _session = await simulated.open();
    await expect(simulated.open()).rejects.toMatchObject({ code: 'NO_SESSION_LEFT' });
  });

  it('steal: the line is gone, somebody has it, and it comes back', async () => {
    await using simulated = await start('steal=0/300');
    await using session = await simulated.open();
    const line = await session.activateSol();
    line.on('error', () => {});
    expect(await line.ended).toMatchObject({ code: 'SOL_STOLEN' });
    expect(await session.run(getPayloadActivation, { payloadType: 1 })).toMatchObject({ active: 1 });
    await expect(session.activateSol()).rejects.toMatchObject({ code: 'SOL_BUSY' });
    simulated.ipmi.misbehave.steal = undefined;
    await expect
      .poll(async () => {
        const again = await session.activateSol().catch(() => undefined);
        await again?.close();
        return again !== undefined;
      })
      .toBe(true);
  });

  it('busy: so many commands are refused', async () => {
    await using simulated = await start();
    await using session = await simulated.open();
    simulated.ipmi.misbehave.busy = 2;
    await session.run(getDeviceId, {});
    expect(simulated.ipmi.misbehave.busy).toBe(0);
  });

  it('quirk: without it nothing that is typed is known to have arrived', async () => {
    await using simulated = await start('quirk=intelplus');
    await using session = await simulated.open({ quirks: ['intelplus'] });
    await using line = await session.activateSol();
    const reader = readLine(line);
    line.write('root\r');
    await reader.find('Password: ');
    await expect(simulated.open({ quirks: [] })).rejects.toMatchObject({ code: 'PRIVILEGE_REFUSED' });
  });

  it('unavailable-when-off: the machine is off', async () => {
    await using simulated = await start('unavailable-when-off');
    await using session = await simulated.open();
    await using line = await session.activateSol();
    simulated.machine.setPower('off');
    await expect.poll(() => line.unavailable).toBe(true);
    simulated.machine.setPower('on');
    await expect.poll(() => line.unavailable).toBe(false);
  });
});

describe('a console finds out by itself', () => {
  it.each([
    ['steal=0/5000/quietly', 'SOL_STOLEN'],
    ['deaf-keepalive', 'SESSION_LOST'],
    ['lose-after=50', 'SESSION_LOST'],
  ])('%s', async (word, code) => {
    await using simulated = await start(word);
    const timeouts = { answerMs: 60, stepMs: 0, tries: 2, keepaliveMs: 150 };
    await using session = await simulated.open({ timeouts });
    const line = await session.activateSol();
    line.on('error', () => {});
    expect(await line.ended).toMatchObject({ code });
  });

  it('no-ping: asks without it', async () => {
    await using simulated = await start('no-ping');
    expect((await pingBmc(simulated.ipmi.address)).suites).toEqual([3, 17]);
  });

  it('inactivity: sessions from which nothing comes are forgotten', async () => {
    await using simulated = await start('inactivity=1');
    const session = await simulated.open();
    expect(simulated.ipmi.bmc.sessions).toHaveLength(1);
    await expect.poll(() => simulated.ipmi.bmc.sessions).toEqual([]);
    await session.close();
  });
});
