import { MeshError } from '@consolemesh/errors';
import { SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestTelemetry, type TestTelemetry } from '../testing.ts';
import { logFields } from './log-fields.ts';
import { currentTraceparent, detached, inSpan, startSpan } from './span.ts';

let telemetry: TestTelemetry;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
});
afterEach(() => telemetry[Symbol.asyncDispose]());

const spanNamed = (name: string) => telemetry.spans().find((span) => span.name === name)!;

describe('a span', () => {
  it('is the parent of what is made in it, also after a wait', async () => {
    await inSpan('outer', { parent: 'root' }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await inSpan('inner', {}, async () => {});
    });
    expect(spanNamed('inner').parentSpanContext?.spanId).toBe(spanNamed('outer').spanContext().spanId);
  });

  it('goes on with the trace of a traceparent', async () => {
    const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await inSpan('step', { parent }, async () => {});
    expect(spanNamed('step').spanContext().traceId).toBe('a'.repeat(32));
    expect(spanNamed('step').parentSpanContext?.spanId).toBe('b'.repeat(16));
  });

  it('carries the reason of what it failed with, and none of its words', async () => {
    const work = inSpan('step', { parent: 'root' }, () =>
      Promise.reject(new MeshError('BMC_TIMEOUT', 'secret words')),
    );
    await expect(work).rejects.toThrow('secret words');
    const { attributes, status, events } = spanNamed('step');
    expect(attributes).toEqual({ 'consolemesh.reason': 'BMC_TIMEOUT' });
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'BMC_TIMEOUT' });
    expect(events).toEqual([]);
  });

  it('links to another trace, and to nothing where there is none', () => {
    const span = startSpan('opening', { parent: 'root' });
    span.link('');
    span.link(`00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`);
    span.end();
    expect(spanNamed('opening').links.map(({ context }) => context.spanId)).toEqual(['d'.repeat(16)]);
  });

  it('is not begun by what goes on in the background', async () => {
    const seen = await inSpan('look', {}, async (span) => [span.traceparent, currentTraceparent()]);
    expect([seen, telemetry.spans()]).toEqual([['', undefined], []]);
  });

  it('is left by what outlives it', async () => {
    await inSpan('call', { parent: 'root' }, async () => {
      expect(currentTraceparent()).toMatch(/^00-/);
      expect(detached(currentTraceparent)).toBeUndefined();
    });
  });

  it('names itself in log lines', async () => {
    expect(logFields()).toEqual({});
    await inSpan('call', { parent: 'root' }, async () => {
      expect(logFields()).toEqual({
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
    });
  });
});

it('does nothing but the work while traces are off', async () => {
  await telemetry[Symbol.asyncDispose]();
  const seen = await inSpan('call', { parent: 'root' }, async (span) => [
    span.traceparent,
    currentTraceparent(),
    logFields(),
  ]);
  expect(seen).toEqual(['', undefined, {}]);
  expect(telemetry.spans()).toEqual([]);
});
