import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { toDuration } from '@consolemesh/mesh';
import { describe, expect, test, vi } from 'vitest';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { createSharedDatabase } from '../testing/shared-database.ts';
import { startTestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);
const leaseMs = 2_000;
describe('when a conductor dies', () => {
  test('another adopts its running console with a higher fence, looks at it, and leaves it alone', async () => {
    await using database = await createSharedDatabase();
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target], databaseUrl: database.url, leaseMs });
    const other = await mesh.add();
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    const [dying] = mesh.conductors.splice(0, 1);
    await dying!.crash();
    await vi.waitFor(async () => {
      const { console } = await other.clients.consoles.getConsole({ node, kind });
      expect(console).toMatchObject({
        conductor: other.instance,
        observed: ObservedState.READY,
        generation: 1n,
      });
      expect(driver.calls).toContain('GetConsole 1/2');
    }, 10_000);
    expect(driver.calls.filter((call) => /^(Start|Stop|Prepare)/.test(call))).toEqual([
      'PrepareConsole 1/1',
      'StartConsole 1/1',
    ]);
    await other.clients.consoles.disableConsole({ node, kind, wait });
    expect(driver.calls.at(-1)).toBe('StopConsole 1/2');
  });

  test.each([
    ['before PrepareConsole', 'PrepareConsole', 'before', ['PrepareConsole 1/2', 'StartConsole 1/2']],
    [
      'after PrepareConsole',
      'PrepareConsole',
      'after',
      ['PrepareConsole 1/1', 'PrepareConsole 1/2', 'StartConsole 1/2'],
    ],
    ['before StartConsole', 'StartConsole', 'before', ['PrepareConsole 1/1', 'StartConsole 1/2']],
    [
      'after StartConsole',
      'StartConsole',
      'after',
      ['PrepareConsole 1/1', 'StartConsole 1/1', 'StartConsole 1/2'],
    ],
  ] as const)(
    '%s, another finishes the start without preparing what was started',
    async (_, method, phase, expected) => {
      let reached = () => {};
      const there = new Promise<void>((resolve) => {
        reached = resolve;
      });
      await using database = await createSharedDatabase();
      await using driver = await startFakeDriver();
      await using mesh = await startTestMesh({
        drivers: [driver.target],
        databaseUrl: database.url,
        leaseMs,
        onRpcBoundary: async (call) => {
          if (call.method !== method || call.phase !== phase) return;
          reached();
          await new Promise(() => {});
        },
      });
      const node = await mesh.node();
      await mesh.consoles.enableConsole({ node, kind });
      await there;
      const [dying] = mesh.conductors.splice(0, 1);
      await dying!.crash();
      const other = await mesh.add({ onRpcBoundary: undefined });
      await vi.waitFor(async () => {
        const { console } = await other.clients.consoles.getConsole({ node, kind });
        expect(console).toMatchObject({ observed: ObservedState.READY, generation: 1n });
      }, 10_000);
      expect(driver.calls.filter((call) => /^(Start|Prepare)/.test(call))).toEqual(expected);
      expect(driver.consoles.size).toBe(1);
    },
  );
});

describe('when a conductor ends in good order', () => {
  test('its consoles run on, and another has them at once', async () => {
    await using database = await createSharedDatabase();
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target], databaseUrl: database.url });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    const [ending] = mesh.conductors.splice(0, 1);
    await ending![Symbol.asyncDispose]();
    expect(driver.consoles.size).toBe(1);
    const other = await mesh.add();
    await vi.waitFor(() => expect(driver.calls).toContain('GetConsole 1/2'), 5_000);
    const { console } = await other.clients.consoles.getConsole({ node, kind });
    expect(console).toMatchObject({ observed: ObservedState.READY, conductor: other.instance });
  });

  test('it stops its consoles when it is set to, and they come back with a new generation', async () => {
    await using database = await createSharedDatabase();
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({
      drivers: [driver.target],
      databaseUrl: database.url,
      stopConsolesOnExit: true,
    });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    const [ending] = mesh.conductors.splice(0, 1);
    await ending![Symbol.asyncDispose]();
    expect(driver.consoles.size).toBe(0);
    expect(driver.restored).toEqual(['restore-1']);
    const other = await mesh.add();
    await vi.waitFor(async () => {
      const { console } = await other.clients.consoles.getConsole({ node, kind });
      expect(console).toMatchObject({ observed: ObservedState.READY, generation: 2n });
    }, 10_000);
  });
});
