import { MeshError } from '@consolemesh/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGenerationGate, type Ending, type GateLimits } from './generation-gate.ts';

interface Thing {
  generation: bigint;
  fence: bigint;
}

/** A gate whose life is written down; `hold` keeps the next create from ending until it is released or aborted. */
function gateWithLog(limits?: GateLimits) {
  const log: string[] = [];
  const standing = new Set<Thing>();
  const state = {
    healthy: true,
    failCreate: false,
    failDestroy: false,
    hold: undefined as Promise<void> | undefined,
  };
  const gate = createGenerationGate<Thing, string>(
    {
      async create(thing, signal) {
        log.push(`create ${thing.generation}`);
        standing.add(thing);
        if (state.hold) await Promise.race([state.hold, rejected(signal)]);
        if (state.failCreate) throw new MeshError('BMC_ERROR');
      },
      async verify() {
        return state.healthy;
      },
      async destroy(thing, why: Ending) {
        log.push(`${why} ${thing.generation}`);
        if (state.failDestroy) throw new MeshError('BMC_ERROR');
        standing.delete(thing);
        return 'done';
      },
    },
    limits,
  );
  const call = (generation: bigint, fence = 1n, signal = new AbortController().signal) => ({
    consoleId: 'c',
    generation,
    fence,
    signal,
  });
  const start = (
    generation: bigint,
    { fence = 1n, fingerprint = 'f', signal = new AbortController().signal } = {},
  ) =>
    gate.start(call(generation, fence, signal), fingerprint, (highest) => ({ generation, fence: highest }));
  const stop = (generation: bigint, fence = 1n) =>
    gate.stop(call(generation, fence), (highest) => ({ generation, fence: highest }));
  return { gate, log, standing, state, start, stop, call };
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
}

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: unknown) => (error instanceof MeshError ? error.reason : String(error)),
  );

describe('a generation gate', () => {
  it('answers a repeated call from what stands, after a look', async () => {
    const { start, log, state } = gateWithLog();
    const first = await start(1n);
    expect(await start(1n)).toBe(first);
    state.healthy = false;
    expect(await start(1n)).not.toBe(first);
    expect(log).toEqual(['create 1', 'repeated 1', 'create 1']);
  });

  it('makes it anew when the arguments differ', async () => {
    const { start, log } = gateWithLog();
    await start(1n);
    await start(1n, { fingerprint: 'g' });
    expect(log).toEqual(['create 1', 'replaced 1', 'create 1']);
  });

  it('ends the older generation before it makes the newer, and refuses the older from then on', async () => {
    const { start, stop, log } = gateWithLog();
    await start(1n);
    await start(2n);
    expect(log).toEqual(['create 1', 'superseded 1', 'create 2']);
    expect(await reasonOf(start(1n))).toBe('STALE_GENERATION');
    expect(await stop(1n)).toBeUndefined();
    expect(log).toHaveLength(3);
  });

  it('drops an older generation that cannot be ended', async () => {
    const { start, state, gate } = gateWithLog();
    await start(1n);
    state.failDestroy = true;
    await start(2n);
    expect(gate.held().map(({ generation }) => generation)).toEqual([2n]);
  });

  it('joins identical calls in flight', async () => {
    const { start, log, state } = gateWithLog();
    let release = () => {};
    state.hold = new Promise((resolve) => {
      release = resolve;
    });
    const calls = [start(1n), start(1n), start(1n)];
    release();
    const [first, ...others] = await Promise.all(calls);
    expect(others).toEqual([first, first]);
    expect(log).toEqual(['create 1']);
  });

  it('goes on while one of the joined callers waits, and ends when the last has gone', async () => {
    const { start, state, gate } = gateWithLog();
    state.hold = new Promise(() => {});
    const [a, b] = [new AbortController(), new AbortController()];
    const first = reasonOf(start(1n, { signal: a.signal }));
    const second = reasonOf(start(1n, { signal: b.signal }));
    await Promise.resolve();
    a.abort(new MeshError('CANCELLED'));
    expect(await first).toBe('CANCELLED');
    expect(gate.find('c')?.phase).toBe('starting');
    b.abort(new MeshError('DEADLINE_EXCEEDED'));
    expect(await second).toBe('DEADLINE_EXCEEDED');
    await expect.poll(() => gate.find('c')?.phase).toBe('failed');
  });

  it.each(['start', 'stop'] as const)('does a %s anew that was given up and still winds up', async (verb) => {
    let times = 0;
    let release = () => {};
    const wound = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work = async (signal: AbortSignal) => {
      times += 1;
      if (times === 1) await wound;
      signal.throwIfAborted();
    };
    const gate = createGenerationGate<Thing, string>({
      create: (_, signal) => work(signal),
      verify: async () => true,
      destroy: async (_, why, signal) => (why === 'stopped' ? work(signal).then(() => 'done') : 'done'),
    });
    const act = (signal: AbortSignal) => {
      const call = { consoleId: 'c', generation: 1n, fence: 1n, signal };
      const make = (fence: bigint) => ({ generation: 1n, fence });
      return verb === 'start' ? gate.start(call, 'f', make) : gate.stop(call, make);
    };
    const caller = new AbortController();
    const givenUp = reasonOf(act(caller.signal));
    await expect.poll(() => times).toBe(1);
    caller.abort(new MeshError('CANCELLED'));
    expect(await givenUp).toBe('CANCELLED');
    const again = reasonOf(act(new AbortController().signal));
    release();
    expect(await again).toBe('OK');
    expect(times).toBe(2);
  });

  it('DRV-KEY-9 aborts a start in flight when it is stopped', async () => {
    const { start, stop, state, log } = gateWithLog();
    state.hold = new Promise(() => {});
    const starting = reasonOf(start(1n));
    await expect.poll(() => log).toEqual(['create 1']);
    expect(await stop(1n)).toBe('done');
    expect(await starting).toBe('CONSOLE_DISABLED');
    expect(log).toEqual(['create 1', 'stopped 1']);
  });

  it('DRV-KEY-9 aborts a start in flight when a newer generation or other arguments come', async () => {
    const { start, state, log } = gateWithLog();
    state.hold = new Promise(() => {});
    const starting = [reasonOf(start(1n)), reasonOf(start(1n, { fingerprint: 'g' }))];
    await expect.poll(() => log).toContain('create 1');
    state.hold = undefined;
    await start(2n);
    expect(await Promise.all(starting)).toEqual(['STALE_GENERATION', 'STALE_GENERATION']);
    expect(log.at(-1)).toBe('create 2');
  });

  it('stops once what another instance made, and again when that failed', async () => {
    const { stop, state, log } = gateWithLog();
    state.failDestroy = true;
    expect(await reasonOf(stop(1n))).toBe('BMC_ERROR');
    state.failDestroy = false;
    expect(await stop(1n)).toBe('done');
    expect(await stop(1n)).toBeUndefined();
    expect(log).toEqual(['stopped 1', 'stopped 1']);
  });

  it('refuses fences lower than one seen, and stamps the highest', async () => {
    const { start, stop } = gateWithLog();
    await start(1n, { fence: 5n });
    expect(await reasonOf(start(1n, { fence: 4n }))).toBe('STALE_FENCE');
    expect(await reasonOf(stop(1n, 4n))).toBe('STALE_FENCE');
    expect((await start(2n, { fence: 6n })).fence).toBe(6n);
  });

  it('bounds what waits, what stands and what is remembered', async () => {
    const { gate, state, start } = gateWithLog({ maxHeld: 2, maxRemembered: 5, maxWaiting: 3 });
    const other = (consoleId: string, generation = 1n) =>
      gate.start(
        { consoleId, generation, fence: 1n, signal: new AbortController().signal },
        'f',
        (fence) => ({ generation, fence }),
      );
    await other('a');
    await other('b');
    expect(await reasonOf(other('d'))).toBe('RESOURCE_EXHAUSTED');
    await gate.stop({ consoleId: 'a', generation: 1n, fence: 1n, signal: new AbortController().signal });
    state.hold = new Promise(() => {});
    const waiting = ['f', 'g', 'h', 'i'].map((fingerprint) => reasonOf(start(1n, { fingerprint })));
    expect(await waiting[3]).toBe('OPERATION_IN_FLIGHT');
    for (let i = 0; i < 20; i += 1) gate.judge({ consoleId: `x${i}`, generation: 1n, fence: 1n });
    expect(gate.find('x0')).toBeUndefined();
    expect(gate.find('b')?.phase).toBe('started');
  });

  it('never lets two incarnations of a console stand at once, whatever the order of the calls', async () => {
    const step = fc.record({
      verb: fc.constantFrom('start', 'stop'),
      generation: fc.integer({ min: 1, max: 4 }),
      fingerprint: fc.constantFrom('f', 'g'),
      healthy: fc.boolean(),
      wait: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { start, stop, state, standing } = gateWithLog();
        const calls: Promise<unknown>[] = [];
        for (const { verb, generation, fingerprint, healthy, wait } of steps) {
          state.healthy = healthy;
          const call =
            verb === 'start' ? start(BigInt(generation), { fingerprint }) : stop(BigInt(generation));
          calls.push(call.catch(() => {}));
          if (wait) await call.catch(() => {});
          expect(standing.size).toBeLessThanOrEqual(1);
        }
        await Promise.all(calls);
        expect(standing.size).toBeLessThanOrEqual(1);
        await stop(99n);
        expect(standing.size).toBe(0);
      }),
    );
  });
});
