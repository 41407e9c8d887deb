import { X509Certificate } from 'node:crypto';
import type { IdracMisbehaviour } from '@consolemesh/bmc-simulator';
import { MeshError } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { briefTimings, type IdracWorld, startIdracWorld, type WorldConsole } from '../harness/idrac.ts';

/** Short waits, so that one hanging request costs little; long enough for a busy machine. */
const timings = {
  ...briefTimings,
  ...{
    vncTryMs: 1_500,
    vncMs: 4_000,
    requestMs: 1_000,
    validateMs: 2_500,
    prepareMs: 2_500,
    startMs: 5_000,
    stopMs: 3_500,
  },
};
/** Longer than any of the driver's own deadlines: a call that is ended by it has not kept them. */
const callerMs = 15_000;

const wires = [
  ['WS-MAN', {}],
  ['WS-MAN, with a job for every change', { pendingOnly: true }],
  ['Redfish', { noWsman: true }],
] as const;

/** Something that happens at one of the iDRAC's requests: from `arm` on they are counted, from 1. */
function atRequest(misbehave: IdracMisbehaviour) {
  let count = 0;
  let armed: ((request: number) => boolean) | undefined;
  Object.defineProperty(misbehave, 'hang', { get: () => armed?.(++count) ?? false });
  return {
    misbehave,
    /** @param hangs called with each request's number; answers whether it is left hanging */
    arm(hangs: (request: number) => boolean) {
      count = 0;
      armed = hangs;
    },
    disarm() {
      armed = undefined;
    },
    get count() {
      return count;
    },
  };
}

type Trap = ReturnType<typeof atRequest>;

/** What is done while the trap is armed, and what went before it. */
interface Deed {
  before(console: WorldConsole): Promise<unknown>;
  act(console: WorldConsole, signal: AbortSignal): Promise<unknown>;
}
const deeds: readonly (readonly [string, Deed])[] = [
  ['enabled', { before: async () => {}, act: (console, signal) => console.enable(signal) }],
  ['disabled', { before: (console) => console.enable(), act: (console, signal) => console.stop(signal) }],
];

/** One world with a console to which the deed is about to be done. */
async function stage(
  misbehave: IdracMisbehaviour,
  deed: Deed,
  run: (parts: { world: IdracWorld; console: WorldConsole; trap: Trap }) => Promise<string[]>,
): Promise<string[]> {
  const trap = atRequest({ ...misbehave });
  await using world = await startIdracWorld({ misbehave: trap.misbehave, timings, jobMs: 50 });
  const found = world.settings();
  const console = world.console();
  await again(() => deed.before(console));
  const problems = await run({ world, console, trap });
  trap.disarm();
  await again(() => console.stop());
  const left = world.settings();
  for (const name of Object.keys(found)) {
    if (left[name] !== found[name]) problems.push(`${name} is ${left[name]} and was ${found[name]}`);
  }
  if (world.idrac.attributes.pendingNames.length > 0) {
    problems.push(`${world.idrac.attributes.pendingNames.join()} wait for a job`);
  }
  const refused = world.idrac.logins.filter(({ result }) => result !== 'accepted');
  if (refused.length > 0) problems.push(`${refused.length} refused logins`);
  return problems;
}

/** As a conductor repeats what a slow machine did not do in time. */
async function again(call: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const error = await outcome(call());
    if (error === undefined) return;
    if (tries === 5) throw error;
  }
}

/** How many requests the deed takes when nothing happens. */
async function countRequests(misbehave: IdracMisbehaviour, deed: Deed): Promise<number> {
  let count = 0;
  const problems = await stage(misbehave, deed, async ({ console, trap }) => {
    trap.arm(() => false);
    await deed.act(console, AbortSignal.timeout(callerMs));
    count = trap.count;
    return [];
  });
  expect(problems).toEqual([]);
  return count;
}

/** Does it for every request, several at once; answers what went wrong, with the number of the request. */
async function forEachRequest(
  requests: number,
  one: (request: number) => Promise<string[]>,
): Promise<string[]> {
  const numbers = Array.from({ length: requests }, (_, index) => index + 1);
  const found: string[] = [];
  const work = async () => {
    for (let request = numbers.shift(); request !== undefined; request = numbers.shift()) {
      const problems = await one(request).catch((error: unknown) => [String(error)]);
      found.push(...problems.map((problem) => `request ${request}: ${problem}`));
    }
  };
  // They mostly wait.
  await Promise.all(Array.from({ length: 6 }, work));
  return found;
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(wires)('over %s', (_wire, misbehave) => {
  describe.each(deeds)('an iDRAC whose console is being %s', (_deed, deed) => {
    it('may stop answering at any request: the call says so in time, and all is put back later', {
      timeout: 120_000,
    }, async () => {
      const requests = await countRequests(misbehave, deed);
      expect(requests).toBeGreaterThan(2);
      const problems = await forEachRequest(requests, (number) =>
        stage(misbehave, deed, async ({ world, console, trap }) => {
          trap.arm((request) => request >= number);
          const from = world.idrac.requests.length;
          const error = await outcome(deed.act(console, AbortSignal.timeout(callerMs)));
          // Whoever hangs while we say goodbye keeps nobody waiting for the answer.
          const first = world.idrac.requests[from + number - 1];
          const goodbye = first?.method === 'DELETE' && number === requests;
          if (error === undefined) return goodbye ? [] : ['it succeeded'];
          if (error instanceof MeshError && error.reason === 'BMC_TIMEOUT') {
            return error.message.includes(`${world.idrac.https.port}`) ? [] : [error.message];
          }
          return [`it ended with ${error}`];
        }),
      );
      expect(problems).toEqual([]);
    });

    it('may be given up by the caller at any request: all is put back, and no session stays', {
      timeout: 120_000,
    }, async () => {
      const requests = await countRequests(misbehave, deed);
      const problems = await forEachRequest(requests, (number) =>
        stage({ ...misbehave, slowMs: 20 }, deed, async ({ world, console, trap }) => {
          const caller = new AbortController();
          trap.arm((request) => {
            if (request === number) caller.abort();
            return false;
          });
          const error = await outcome(deed.act(console, caller.signal));
          // How often a job is asked about depends on how long it takes: there may be fewer requests than were counted.
          if (error === undefined) return caller.signal.aborted ? ['it succeeded'] : [];
          trap.disarm();
          await again(() => console.stop());
          await expect.poll(() => world.idrac.redfishSessions).toBe(0);
          return [];
        }),
      );
      expect(problems).toEqual([]);
    });
  });
});

describe('a slow iDRAC whose caller goes while the login is on its way', () => {
  it('keeps no session', { timeout: 60_000 }, async () => {
    // Slower than anybody waits for a goodbye.
    const trap = atRequest({ noWsman: true, slowMs: 6_000 });
    const patient = { ...briefTimings, requestMs: 20_000, prepareMs: 60_000 };
    await using world = await startIdracWorld({ misbehave: trap.misbehave, timings: patient });
    const node = world.node({ drac_transport: 'redfish' });
    const caller = new AbortController();
    trap.arm(() => {
      if (world.idrac.requests.at(-1)?.path.endsWith('/Sessions')) caller.abort();
      return false;
    });
    expect(await outcome(world.console(node).enable(caller.signal))).toBeInstanceOf(Error);
    expect(caller.signal.aborted).toBe(true);
    // The login is carried out, and then ended.
    const slowly = { timeout: 25_000 };
    await expect.poll(() => world.idrac.requests.at(-1)?.method, slowly).toBe('DELETE');
    await expect.poll(() => world.idrac.redfishSessions, slowly).toBe(0);
    expect(world.idrac.logins).toHaveLength(1);
  });
});

describe('a write that is lost', () => {
  const cases = wires.flatMap(([wire, misbehave]) =>
    (['dieBeforeWrite', 'dieAfterWrite'] as const).map((death) => [death, wire, misbehave] as const),
  );
  it.each(cases)('%s over %s: it is said, repeated and put back', async (death, _wire, misbehave) => {
    const spoilt: IdracMisbehaviour = { ...misbehave, [death]: 1 };
    await using world = await startIdracWorld({ misbehave: spoilt, jobMs: 50 });
    const found = world.settings();
    const console = world.console();
    const lost = await outcome(console.enable());
    expect(lost).toMatchObject({ reason: 'BMC_ERROR', message: expect.stringMatching(/hung up/) });
    await console.start();
    expect(world.settings()).toMatchObject({ Enable: 'Enabled', Timeout: '10800' });

    // The simulator goes on counting: the next write is that of the stop.
    const written = world.idrac.journal.filter(({ via }) => via !== 'job').length;
    const lostBefore = death === 'dieBeforeWrite' ? 1 : 0;
    Object.assign(spoilt, { [death]: written + lostBefore + 1 });
    const again = await outcome(console.stop());
    expect(again).toMatchObject({ reason: 'BMC_ERROR', message: expect.stringMatching(/hung up/) });
    await console.stop();
    expect(world.settings()).toEqual(found);
  });
});

describe('an iDRAC at an IPv6 address', () => {
  it.each(wires)('is enabled, watched and put back over %s', async (_wire, misbehave) => {
    await using world = await startIdracWorld({ host: '::1', misbehave, jobMs: 50 });
    const found = world.settings();
    expect(world.node().info.drac_address).toBe('::1');
    const console = world.console();
    expect(await console.validate()).toEqual([]);
    const { endpoints } = await console.enable();
    expect(endpoints[0]?.transport).toMatchObject({ $case: 'tcp', value: { host: '::1' } });
    await console.look();
    await console.stop();
    expect(world.settings()).toEqual(found);
  });

  it('is trusted by its authority, and by its address as the name', async () => {
    await using world = await startIdracWorld({ host: '::1' });
    const node = world.node({ drac_ca: world.idrac.certificate, drac_verify: 'ca' });
    expect(new X509Certificate(world.idrac.certificate).subjectAltName).toContain('0:0:0:0:0:0:0:1');
    await world.console(node).enable();
  });
});
