import { inSpan } from '@consolemesh/telemetry';
import { startTestTelemetry } from '@consolemesh/telemetry/testing';
import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function recordLines() {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  return { lines, logger };
}

it('a line has its own fields and none of the line before', () => {
  const { lines, logger } = recordLines();
  logger.info({ first: 1 }, 'one');
  logger.child({ part: 'x' }).info({ second: 2 }, 'two');
  const common = { level: 'info', service: 'test', time: expect.any(String) };
  expect(lines).toEqual([
    { ...common, first: 1, msg: 'one' },
    { ...common, part: 'x', second: 2, msg: 'two' },
  ]);
});

it('a line inside a span names it, and one outside does not', async () => {
  await using telemetry = await startTestTelemetry();
  const { lines, logger } = recordLines();
  await inSpan('work', { parent: 'root' }, async () => logger.info({}, 'inside'));
  logger.info({}, 'outside');
  const { traceId, spanId } = telemetry.spans()[0]!.spanContext();
  expect(lines[0]).toMatchObject({ trace_id: traceId, span_id: spanId, msg: 'inside' });
  expect(lines[1]).not.toHaveProperty('trace_id');
});
