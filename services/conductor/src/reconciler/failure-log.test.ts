import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { createLogger, toDuration } from '@consolemesh/mesh';
import { describe, expect, test, vi } from 'vitest';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh } from '../testing/test-mesh.ts';
import { createFailureLog } from './failure-log.ts';

function subject() {
  const lines: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const write = (text: string) => {
    texts.push(text);
    lines.push(JSON.parse(text));
  };
  return { lines, texts, log: createFailureLog(createLogger('conductor', 'info', { write })) };
}

/** As gRPC says it: the one useful thing in the middle of a long sentence. */
const refused = () =>
  new MeshError('DRIVER_UNAVAILABLE', 'driver vnc: No instance of the driver answers.', {
    cause: new Error(
      'UNAVAILABLE: round_robin: No connection established. Last error: Error: connect ECONNREFUSED 192.0.2.1:7150. Resolution note: ',
    ),
  });

describe('the log of failures', () => {
  test('has one short line for a refused connection, however often it is tried', () => {
    const { lines, texts, log } = subject();
    for (let i = 0; i < 50; i++) log.failed('a', refused(), { console: 'a' }, 'a step failed');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        console: 'a',
        reason: 'DRIVER_UNAVAILABLE',
        detail: 'driver vnc: No instance of the driver answers.',
        cause: 'connect ECONNREFUSED 192.0.2.1:7150',
      }),
    ]);
    expect(texts[0]!.length).toBeLessThan(400);
    expect(texts[0]).not.toContain(' at ');
  });

  test('has a line for each change, for each thing by itself, and one when it works again', () => {
    const { lines, log } = subject();
    const fail = (key: string, error: Error) => log.failed(key, error, { console: key }, 'a step failed');
    fail('a', refused());
    fail('b', refused());
    fail('a', new MeshError('BMC_TIMEOUT'));
    fail('a', new MeshError('BMC_TIMEOUT'));
    log.works('a', { console: 'a' }, 'works again');
    log.works('a', { console: 'a' }, 'works again');
    log.works('b');
    fail('a', refused());
    expect(lines.map(({ console, reason, msg }) => [console, reason ?? msg])).toEqual([
      ['a', 'DRIVER_UNAVAILABLE'],
      ['b', 'DRIVER_UNAVAILABLE'],
      ['a', 'BMC_TIMEOUT'],
      ['a', 'works again'],
      ['a', 'DRIVER_UNAVAILABLE'],
    ]);
  });

  test('keeps the stack of what nobody foresaw', () => {
    const { lines, log } = subject();
    log.failed('a', new TypeError('x is not a function'), {}, 'a step failed');
    expect(lines[0]).toMatchObject({ level: 'warn', err: { message: 'x is not a function' } });
    expect(JSON.stringify(lines[0])).toContain('failure-log.test.ts');
  });
});

test('a driver that goes away leaves a few short lines, and one when its console is back', async () => {
  const texts: string[] = [];
  const logger = createLogger('conductor', 'info', { write: (text) => void texts.push(text) });
  const driver = await startFakeDriver();
  await using mesh = await startTestMesh({ drivers: [driver.target], logger });
  const node = await mesh.node();
  await mesh.consoles.enableConsole({ node, kind: ConsoleKind.GRAPHICAL, wait: toDuration(10_000) });
  await driver[Symbol.asyncDispose]();
  await mesh.until(node, ObservedState.DEGRADED);
  // Each try more would be a line more.
  await vi.waitFor(async () => {
    const { console } = await mesh.consoles.getConsole({ node, kind: ConsoleKind.GRAPHICAL });
    expect(console?.lastError?.reason).toBe('DRIVER_UNAVAILABLE');
  }, 15_000);
  await using _ = await startFakeDriver({ port: driver.port });
  await mesh.until(node, ObservedState.READY);
  await vi.waitFor(() => expect(texts.at(-1)).toContain('as wanted again'), 5_000);
  for (const text of texts) expect(text).not.toMatch(/\\n +at /);
  expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(500);
  const lines = texts.map((text) => JSON.parse(text) as { msg: string; step?: string; reason?: string });
  const failures = lines
    .filter(({ reason }) => reason)
    .map(({ msg, step, reason }) => `${msg} ${step} ${reason}`);
  expect(new Set(failures).size).toBe(failures.length);
});
