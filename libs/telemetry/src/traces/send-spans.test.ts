import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTelemetry } from '../start-telemetry.ts';
import { startTestCollector, type TestCollector } from '../testing.ts';
import { parseHeaders } from './send-spans.ts';
import { inSpan } from './span.ts';

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.stop());

describe('a collector', () => {
  it('is sent the spans, with its headers, at the latest when the process ends', async () => {
    const headers = '# a key\nx-api-key = canary-key\n\n';
    const telemetry = await startTelemetry({
      service: 'conductor',
      collector: { endpoint: collector.endpoint, headers },
    });
    await inSpan(
      'prepare console',
      { parent: 'root', attributes: { 'consolemesh.kind': 'graphical' } },
      async () => {},
    );
    await telemetry[Symbol.asyncDispose]();
    const [delivery] = collector.received;
    for (const word of ['prepare console', 'service.name', 'conductor', 'graphical'])
      expect(delivery?.bytes.includes(word), word).toBe(true);
    expect(delivery?.bytes.includes('canary-key')).toBe(false);
    expect(delivery?.metadata.get('x-api-key')).toEqual(['canary-key']);
  });

  it('that refuses is told of once, and holds nothing up', async () => {
    collector.refuses = true;
    let complaints = 0;
    const telemetry = await startTelemetry({
      service: 'conductor',
      collector: { endpoint: collector.endpoint },
      onUndelivered: () => {
        complaints += 1;
      },
    });
    // More than one delivery.
    for (let i = 0; i < 1_000; i += 1) await inSpan('step', { parent: 'root' }, async () => {});
    await telemetry[Symbol.asyncDispose]();
    expect(collector.received.length).toBeGreaterThan(1);
    expect(complaints).toBe(1);
  });
});

it('headers that are none are refused without a word of theirs', () => {
  expect(parseHeaders('a=1\n b = two words ')).toEqual([
    ['a', '1'],
    ['b', 'two words'],
  ]);
  const refused = () => parseHeaders('fine=1\ncanary without equals sign');
  expect(refused).toThrow('line 2 is no header');
  expect(refused).not.toThrow('canary');
});
