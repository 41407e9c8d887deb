import { connect, createLogger, type Logger, plaintext, silentLogger } from '@consolemesh/mesh';
import { describe, expect, test, vi } from 'vitest';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { startFakeProvider } from '../testing/fake-provider.ts';
import { createManualScheduler } from '../testing/manual-scheduler.ts';
import { createPluginDirectory } from './plugin-directory.ts';

const open = (drivers: string[], providers: string[] = [], more: { logger?: Logger } = {}) =>
  createPluginDirectory({
    drivers,
    providers,
    connectPlugin: (target) => connect(target, { trust: plaintext }),
    scheduler: createManualScheduler(),
    logger: silentLogger,
    ...more,
  });

describe('the directory of plugins', () => {
  test('keeps drivers in the order of the configuration and knows who is complete', async () => {
    await using b = await startFakeDriver({ name: 'b' });
    await using a = await startFakeDriver({ name: 'a' });
    await using provider = await startFakeProvider();
    await using directory = open([b.target, a.target], [provider.target]);
    expect(directory.isComplete()).toBe(false);
    await directory.refresh();
    expect(directory.instances('driver').map(({ name }) => name)).toEqual(['b', 'a']);
    expect(directory.instances('provider')).toHaveLength(1);
    expect(directory.isComplete()).toBe(true);
  });

  test('tells once where nobody answers, and why, and again when that was mended and breaks anew', async () => {
    const driver = await startFakeDriver();
    const lines: { msg: string }[] = [];
    const logger = createLogger('conductor', 'warn', { write: (line) => void lines.push(JSON.parse(line)) });
    const told = () => lines.filter(({ msg }) => msg.startsWith('no plugin answers'));
    await using directory = open([driver.target], ['dns:///nowhere.invalid:1'], { logger });
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) await directory.refresh();
    };
    await rounds(5);
    const nowhere = { type: 'provider', target: 'dns:///nowhere.invalid:1', why: 'its name has no address' };
    expect(told()).toMatchObject([nowhere]);
    await driver[Symbol.asyncDispose]();
    await rounds(5);
    const why = expect.stringMatching(/ECONNREFUSED|does not answer|No connection/i);
    expect(told()).toMatchObject([nowhere, { type: 'driver', target: driver.target, why }]);
    await using again = await startFakeDriver({ port: driver.port });
    await vi.waitFor(async () => {
      await directory.refresh();
      expect(directory.find(again.instanceId)?.gone).toBe(false);
    }, 10_000);
    await again[Symbol.asyncDispose]();
    await rounds(5);
    expect(told()).toHaveLength(3);
  });

  test('asks once where two entries lead to the same place; both count as answered', async () => {
    await using driver = await startFakeDriver();
    const lines: string[] = [];
    const logger = createLogger('conductor', 'warn', { write: (line) => void lines.push(line) });
    await using directory = open([driver.target, `NAME@${driver.target}`], [], { logger });
    for (let round = 0; round < 5; round++) await directory.refresh();
    expect(directory.instances('driver')).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  test('resolves a name to its addresses', async () => {
    await using driver = await startFakeDriver();
    await using directory = open([`dns:///localhost:${driver.port}`]);
    await directory.refresh();
    expect(directory.instances('driver').map(({ instanceId }) => instanceId)).toContain(driver.instanceId);
  });

  test('takes an instance for gone at once when another answers in its place', async () => {
    const first = await startFakeDriver();
    await using directory = open([first.target]);
    await directory.refresh();
    await first[Symbol.asyncDispose]();
    await using second = await startFakeDriver({ port: first.port });
    await vi.waitFor(async () => {
      await directory.refresh();
      expect(directory.find(second.instanceId)?.gone).toBe(false);
    }, 10_000);
    expect(directory.find(first.instanceId)?.gone).toBe(true);
  });

  test('takes an instance for gone after three silent rounds, not before, and tells of it once', async () => {
    const driver = await startFakeDriver();
    await using directory = open([driver.target]);
    await directory.refresh();
    let told = 0;
    directory.onChange(() => {
      told += 1;
    });
    await driver[Symbol.asyncDispose]();
    const gone: (boolean | undefined)[] = [];
    for (let round = 0; round < 4; round++) {
      await directory.refresh();
      gone.push(directory.find(driver.instanceId)?.gone);
    }
    expect(gone).toEqual([false, false, true, true]);
    expect(told).toBe(1);
  });

  test('takes no provider for a driver', async () => {
    await using provider = await startFakeProvider();
    await using directory = open([provider.target]);
    await directory.refresh();
    expect(directory.instances('driver')).toEqual([]);
  });
});
