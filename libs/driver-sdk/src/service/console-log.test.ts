import { duplexPair } from '@consolemesh/bytes/testing';
import type { ReadConsoleLogRequest } from '@consolemesh/contracts/driver';
import { ConsoleKind, ConsoleLogEventKind, EndpointKind } from '@consolemesh/contracts/types';
import { toTimestamp } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { temporaryFolder } from '../record/testing/open-logs.ts';
import { startTestDriver } from '../testing/start-test-driver.ts';

/** A driver whose machine says what a test wants. */
function machine() {
  const [ours, theirs] = duplexPair();
  const driver: Partial<Driver> = { openLine: async () => ({ stream: ours }) };
  return { driver, say: (text: string) => theirs.write(text) };
}

async function started(folder: string | undefined, driver = machine()) {
  const consoleLog = folder === undefined ? undefined : { folder };
  const test = await startTestDriver(driver.driver, consoleLog ? { consoleLog } : {});
  const request = test.request();
  request.context!.node!.driverInfo = { console_log: 'true' };
  return {
    ...test,
    request,
    say: driver.say,
    read: async (more: Partial<ReadConsoleLogRequest> = {}) => {
      const text: string[] = [];
      for await (const { data } of test.driver.readConsoleLog({ context: request.context, ...more })) {
        text.push(data.toString());
      }
      return text.join('');
    },
    [Symbol.asyncDispose]: test[Symbol.asyncDispose],
  };
}

describe('a serial console with console_log', () => {
  it('is recorded while nobody looks, and read while it goes on', async () => {
    await using folder = await temporaryFolder();
    await using test = await started(folder.path);
    await test.driver.startConsole(test.request);
    test.say('boot\r\n');
    const heard: string[] = [];
    const stop = new AbortController();
    const following = (async () => {
      const { context } = test.request;
      for await (const { data, event } of test.driver.readConsoleLog(
        { context, follow: true },
        { signal: stop.signal },
      )) {
        if (event?.kind === ConsoleLogEventKind.STARTED) expect(event.generation).toBe(1n);
        heard.push(data.toString());
      }
    })().catch(() => {});
    await expect.poll(() => heard.join('')).toBe('boot\r\n');
    test.say('login: ');
    await expect.poll(() => heard.join('')).toBe('boot\r\nlogin: ');
    stop.abort();
    await following;
    expect(await test.read({ limitBytes: 4n })).toBe('boot');
    expect(await test.read({ until: toTimestamp(1_000) })).toBe('');
  });

  it('keeps its log when it is stopped and when its driver is started anew, which need not hold it', async () => {
    await using folder = await temporaryFolder();
    {
      await using test = await started(folder.path);
      await test.driver.startConsole(test.request);
      test.say('before');
      await expect.poll(() => test.read()).toBe('before');
      await test.driver.stopConsole({ context: test.request.context });
      expect(await test.read()).toBe('before');
    }
    await using test = await started(folder.path);
    expect(await test.read()).toBe('before');
    const other = { ...test.request.context!, key: { consoleId: 'other', generation: 1n } };
    await expect(test.read({ context: other })).rejects.toMatchObject({ reason: 'NOT_HELD' });
  });

  it('is refused in words where there is no folder for logs, before anything is touched', async () => {
    await using test = await started(undefined);
    const { node } = test.request.context!;
    const expected = { field: 'driver_info.console_log', reason: 'FIELD_INVALID' };
    const { violations } = await test.driver.validateNode({ node });
    expect(violations).toMatchObject([
      { ...expected, message: expect.stringContaining('CONSOLEMESH_CONSOLE_LOG_DIR') },
    ]);
    await expect(test.driver.startConsole(test.request)).rejects.toMatchObject({ violations: [expected] });
  });

  it('goes through here, since nothing else can be recorded', async () => {
    await using folder = await temporaryFolder();
    const both = { kind: 'serial', endpointKinds: ['tcp'], affinity: 'instance' } as const;
    const driver: Partial<Driver> = {
      consoles: [both],
      start: async ({ acceptable }) => {
        expect(acceptable).toEqual(['relay']);
        return { kind: 'tcp', why: 'a test', address: { host: '127.0.0.1', port: 1 } };
      },
    };
    await using test = await started(folder.path, { driver, say: () => true });
    const { chosen } = await test.driver.startConsole({
      ...test.request,
      acceptable: [EndpointKind.TCP, EndpointKind.RELAY],
    });
    expect(chosen).toBe(EndpointKind.RELAY);
    const onlyTcp = { ...test.request, acceptable: [EndpointKind.TCP] };
    await expect(test.driver.startConsole(onlyTcp)).rejects.toMatchObject({
      reason: 'ENDPOINT_KIND_UNACCEPTABLE',
    });
  });

  it('that nobody wanted recorded says how to have it so', async () => {
    await using folder = await temporaryFolder();
    await using test = await started(folder.path);
    test.request.context!.node!.driverInfo = {};
    await test.driver.startConsole(test.request);
    await expect(test.read()).rejects.toMatchObject({
      reason: 'CAPABILITY_MISSING',
      message: expect.stringContaining('console_log'),
    });
    const graphical = { ...test.request.context!, kind: ConsoleKind.GRAPHICAL };
    await expect(test.read({ context: graphical })).rejects.toThrow();
  });
});
