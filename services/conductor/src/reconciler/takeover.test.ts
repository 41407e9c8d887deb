import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { toDuration } from '@consolemesh/mesh';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);
const leaseMs = 2_000;
const files: string[] = [];

afterEach(async () => {
  for (const file of files.splice(0))
    for (const end of ['', '-wal', '-shm']) await rm(`${file}${end}`, { force: true });
});

/** The URL of a database that several conductors share. */
function shared(): string {
  const file = `/tmp/consolemesh-conductor-${randomUUID()}.sqlite`;
  files.push(file);
  return `sqlite:${file}`;
}

describe('when a conductor dies', () => {
  test('another adopts its running console with a higher fence, looks at it, and leaves it alone', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target], databaseUrl: shared(), leaseMs });
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
      await using driver = await startFakeDriver();
      await using mesh = await startTestMesh({
        drivers: [driver.target],
        databaseUrl: shared(),
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
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target], databaseUrl: shared() });
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
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({
      drivers: [driver.target],
      databaseUrl: shared(),
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
