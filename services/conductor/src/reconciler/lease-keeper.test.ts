import { silentLogger } from '@consolemesh/mesh';
import { createSealer, parseKeyRing } from '@consolemesh/store';
import { describe, expect, test } from 'vitest';
import { newConsole } from '../domain/console.ts';
import { enable } from '../domain/enable.ts';
import { aNode } from '../domain/testing.ts';
import { openConductorStore } from '../store/open-store.ts';
import type { ConductorStore } from '../store/store.ts';
import { createManualScheduler } from '../testing/manual-scheduler.ts';
import { createLeaseKeeper } from './lease-keeper.ts';

const times = { lease: 15_000, guard: 3_000, margin: 3_000 };
const sealer = createSealer({ keys: parseKeyRing(`k1:${Buffer.alloc(32, 7).toString('base64')}`) });

/** One enabled console, and as many keepers as a test wants. */
async function setUp() {
  const scheduler = createManualScheduler();
  const store = await openConductorStore({ url: 'sqlite::memory:', sealer, clock: () => scheduler.now() });
  const node = aNode();
  await store.write(async (unit) => {
    await unit.insertNode(node, [newConsole('c', node, 'graphical')]);
    await unit.putConsole(enable((await unit.findConsole('c'))!, 'f'));
  });
  const keeper = (owner: string, over: ConductorStore = store) => {
    const events: string[] = [];
    const leases = createLeaseKeeper({
      store: over,
      scheduler,
      logger: silentLogger,
      owner,
      times,
      onAcquired: ({ consoleId, fence }) => events.push(`acquired ${consoleId} ${fence}`),
      onLost: (consoleId) => events.push(`lost ${consoleId}`),
    });
    return { leases, events };
  };
  return { scheduler, store, keeper };
}

describe('the keeper of leases', () => {
  test('takes what nobody has, keeps it as long as it lives, and leaves it to others in good order', async () => {
    const { scheduler, store, keeper } = await setUp();
    await using _ = store;
    const first = keeper('c1');
    await scheduler.advance(60_000);
    expect(first.events).toEqual(['acquired c 1']);
    const second = keeper('c2');
    await scheduler.advance(5_000);
    expect(second.events).toEqual([]);
    await first.leases[Symbol.asyncDispose]();
    await scheduler.advance(1_000);
    expect(second.events).toEqual(['acquired c 2']);
    expect(second.leases.get('c')!.mutableAt).toBeLessThanOrEqual(scheduler.now());
    await second.leases[Symbol.asyncDispose]();
  });

  test('ends its own work before the lease is over when the database cannot be reached', async () => {
    const { scheduler, store, keeper } = await setUp();
    await using _ = store;
    let down = false;
    const flaky: ConductorStore = {
      ...store,
      leases: {
        ...store.leases,
        renew: (...args) => (down ? Promise.reject(new Error('down')) : store.leases.renew(...args)),
        acquire: (...args) => (down ? Promise.reject(new Error('down')) : store.leases.acquire(...args)),
      },
    };
    const { leases, events } = keeper('c1', flaky);
    await scheduler.advance(1_000);
    down = true;
    await scheduler.advance(11_000);
    expect(events).toEqual(['acquired c 1']);
    await scheduler.advance(2_000);
    expect(events).toEqual(['acquired c 1', 'lost c']);
    expect(leases.get('c')).toBeUndefined();
    leases.abandon();
  });

  test('has whoever takes over a lease that expired wait for the margin', async () => {
    const { scheduler, store, keeper } = await setUp();
    await using _ = store;
    const first = keeper('c1');
    await scheduler.advance(1_000);
    const expiresAt = scheduler.now() + times.lease;
    first.leases.abandon();
    const second = keeper('c2');
    await scheduler.advance(times.lease - 1_000);
    expect(second.events).toEqual([]);
    await scheduler.advance(2_000);
    expect(second.events).toEqual(['acquired c 2']);
    expect(second.leases.get('c')!.mutableAt).toBe(expiresAt + times.margin);
    await second.leases[Symbol.asyncDispose]();
  });

  test('raises the fence of a lease without giving it up', async () => {
    const { scheduler, store, keeper } = await setUp();
    await using _ = store;
    const { leases } = keeper('c1');
    await scheduler.advance(1_000);
    const raised = await leases.raise(leases.get('c')!);
    expect(raised.fence).toBe(2n);
    await scheduler.advance(20_000);
    expect(leases.get('c')?.fence).toBe(2n);
    await leases[Symbol.asyncDispose]();
  });
});
