import { startIpmiSolDriver } from '@consolemesh/bmc-driver-ipmi-sol';
import { parseIpmiMisbehaviour, startSimulatedIpmi } from '@consolemesh/bmc-simulator';
import { ConsolePhase, PowerAction, PowerState } from '@consolemesh/contracts/driver';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { briefTimings, solCaller } from '../harness/sol-world.ts';
import { createStack } from '../harness/stack.ts';

vi.setConfig({ testTimeout: 60_000 });

type Options = Readonly<Record<string, string>>;

/** A simulated server whose BMC misbehaves, and the driver in front of it. */
async function startSimulation(words: readonly string[], info: Options = {}, timings = {}) {
  const stack = createStack();
  const simulated = stack.use(
    await startSimulatedIpmi({
      name: 'node-07',
      seed: 'test',
      stage: 'console',
      resetMs: 500,
      misbehave: parseIpmiMisbehaviour(words),
    }),
  );
  const driver = stack.use(
    await startIpmiSolDriver({
      trust: plaintext,
      logger: silentLogger,
      timings: { ...briefTimings, answerMs: 600, tries: 4, ...timings },
    }),
  );
  const { host, port } = simulated.ipmi.address;
  const options = { ipmi_address: host, ipmi_port: `${port}`, ipmi_username: 'root', ...info };
  const console = stack.use(solCaller([driver], options, { ipmi_password: 'calvin' })).at(0);
  return { ...simulated, console, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

describe('a console is served by a BMC that misbehaves:', () => {
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
    ['no-ping'],
    ['piggyback'],
    ['unavailable-when-off'],
    ['busy=2'],
    ['suites=17'],
    ['suites=3'],
    ['quirk=icts'],
    ['quirk=solpayloadsize'],
  ])('%s', async (word) => {
    await using simulated = await startSimulation([word]);
    const { console } = simulated;
    await console.start();
    await using viewer = console.attach();
    await viewer.event('opened');
    viewer.send(Buffer.from('\r'));
    await viewer.readUntil('login: ');
    viewer.send(Buffer.from('root\r'));
    await viewer.readUntil('Password: ');
    viewer.send(Buffer.from('x\rseq 40\r'));
    const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
    // Nothing was lost, doubled or turned round on the way.
    await viewer.readUntil(numbers.join('\r\n'));
    await console.stop();
    // What is wrong with a session's packets shows when it is open: that one cannot be closed, and what it takes is learned.
    const left = word === 'quirk=icts' ? 1 : 0;
    expect(simulated.ipmi.bmc.sessions).toHaveLength(left);
  });
});

describe('a start is told', () => {
  it.each([
    ['full', 'BMC_BUSY'],
    ['unknown-user', 'BMC_AUTHENTICATION_FAILED'],
    ['no-privilege', 'BMC_PERMISSION_DENIED'],
    ['bad-integrity', 'BMC_PROTOCOL_ERROR'],
    ['silent', 'BMC_TIMEOUT'],
    ['suites=8+12', 'BMC_SECURITY_UNSUPPORTED'],
    ['quirk=authcap', 'BMC_PROTOCOL_ERROR'],
  ])('%s', async (word, reason) => {
    await using simulated = await startSimulation([word], {}, { answerMs: 150, tries: 2 });
    await expect(simulated.console.start()).rejects.toMatchObject({ reason });
  });
});

describe('a viewer is told', () => {
  it.each([
    ['sol=disabled', 'BMC_CONSOLE_DISABLED'],
    ['sol=limit', 'BMC_BUSY'],
    ['sol-port=999', 'BMC_PROTOCOL_ERROR'],
  ])('%s', async (word, reason) => {
    await using simulated = await startSimulation([word]);
    await simulated.console.start();
    await expect(simulated.console.attach().ended).rejects.toMatchObject({ reason });
  });

  it.each([
    ['steal=300/500', 'BMC_BUSY', /has taken the serial console over/],
    ['steal=300/3000/quietly', 'BMC_BUSY', /has taken the serial console over/],
    ['lose-after=400', 'UPSTREAM_LOST', /forgotten the session/],
    ['deaf-keepalive', 'UPSTREAM_LOST', /does not answer any more/],
  ])('%s, and gets the console back when it is over', async (word, reason, words) => {
    await using simulated = await startSimulation(
      [word],
      { ipmi_keepalive_seconds: '1' },
      { answerMs: 100, stepMs: 20, tries: 3 },
    );
    const { console, ipmi } = simulated;
    await console.start();
    await using viewer = console.attach();
    await viewer.event('opened');
    const lost = await viewer.event('upstreamLost');
    expect(lost.reason).toBe(reason);
    expect(lost.message).toMatch(words);
    ipmi.misbehave.steal = undefined;
    ipmi.misbehave.loseAfterMs = undefined;
    ipmi.misbehave.deafKeepalive = undefined;
    await viewer.event('upstreamRestored');
    viewer.send(Buffer.from('\r'));
    await viewer.readUntil('login: ');
  });
});

describe('the machine behind it', () => {
  it('is switched off and on while its console stays open', async () => {
    await using simulated = await startSimulation(['unavailable-when-off']);
    const { console, machine } = simulated;
    await console.start();
    await using viewer = console.attach();
    await viewer.event('opened');
    expect(await console.getPower()).toBe(PowerState.ON);
    await console.setPower(PowerAction.OFF);
    await eventually(() => machine.power === 'off');
    await console.setPower(PowerAction.ON);
    await eventually(async () => (await console.getPower()) === PowerState.ON);
    expect(viewer.events).not.toContain('upstreamLost');
    expect((await console.look()).phase).toBe(ConsolePhase.READY);
  });

  it('keeps its console when its BMC starts anew', async () => {
    await using simulated = await startSimulation(
      [],
      { ipmi_keepalive_seconds: '1' },
      { answerMs: 100, stepMs: 20, tries: 3 },
    );
    const { console, ipmi } = simulated;
    await console.start();
    await using viewer = console.attach();
    await viewer.event('opened');
    ipmi.reset();
    expect((await viewer.event('upstreamLost')).reason).toBe('UPSTREAM_LOST');
    await viewer.event('upstreamRestored');
    viewer.send(Buffer.from('\r'));
    await viewer.readUntil('login: ');
  });
});
