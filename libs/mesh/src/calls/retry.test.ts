import { descriptorSet } from '@consolemesh/contracts';
import { FileDescriptorSet } from '@consolemesh/contracts/protobuf';
import { MeshError } from '@consolemesh/errors';
import { startTestTelemetry } from '@consolemesh/telemetry/testing';
import { type CallOptions, type ClientMiddlewareCall, Metadata } from 'nice-grpc-common';
import { describe, expect, it } from 'vitest';
import { retryCalls } from './retry.ts';
import { createRetryBudget } from './retry-budget.ts';
import { unprocessedKey } from './retry-unprocessed.ts';

type Answer = 'OK' | MeshError;

/** A call of a method whose attempts end as told. */
function callOf(answers: Answer[], { repeatable = true, unprocessed = false } = {}) {
  let made = 0;
  const call = {
    method: {
      path: '/a.B/C',
      requestStream: false,
      responseStream: false,
      options: repeatable ? { idempotencyLevel: 'IDEMPOTENT' } : {},
    },
    requestStream: false,
    responseStream: false,
    request: {},
    next: (_: object, { onTrailer }: CallOptions) => ({
      [Symbol.asyncIterator]: () => ({
        async next() {
          made += 1;
          const answer = answers.shift() ?? 'OK';
          const trailer = Metadata();
          onTrailer?.(unprocessed && answer !== 'OK' ? trailer.set(unprocessedKey, '1') : trailer);
          if (answer !== 'OK') throw answer;
          return { done: true, value: answer };
        },
      }),
    }),
  } as unknown as ClientMiddlewareCall<object, string>;
  return { call, made: () => made };
}

/** Runs a call to its end; pauses are written down and not waited for. */
async function run(
  call: ClientMiddlewareCall<object, string>,
  { budget = createRetryBudget(), options = {} as CallOptions } = {},
) {
  const pauses: number[] = [];
  const pause = async (ms: number, signal: AbortSignal | undefined) => {
    pauses.push(ms);
    signal?.throwIfAborted();
  };
  const { value } = await retryCalls({ budget, pause, random: () => 1 })(call, options).next();
  return { value, pauses };
}

const away = () => new MeshError('UNAVAILABLE');

describe('a call', () => {
  it('is made again until it succeeds, with pauses that double', async () => {
    const { call, made } = callOf([away(), away(), away(), 'OK']);
    expect(await run(call)).toEqual({ value: 'OK', pauses: [100, 200, 400] });
    expect(made()).toBe(4);
  });

  it('comes out with its last error when nothing helps', async () => {
    const last = away();
    const { call, made } = callOf([away(), away(), away(), away(), last, 'OK']);
    await expect(run(call)).rejects.toBe(last);
    expect(made()).toBe(5);
  });

  it('that may not be repeated is made once more only while nobody has processed it', async () => {
    const processed = callOf([away(), 'OK'], { repeatable: false });
    await expect(run(processed.call)).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    expect(processed.made()).toBe(1);
    const unseen = callOf([away(), 'OK'], { repeatable: false, unprocessed: true });
    expect((await run(unseen.call)).value).toBe('OK');
  });

  it('whose caller gives up in a pause is not made again', async () => {
    const given = new AbortController();
    const { call, made } = callOf([away(), 'OK']);
    const pause = async () => {
      given.abort();
      throw new Error('the caller gave up');
    };
    const calls = retryCalls({ budget: createRetryBudget(), pause })(call, { signal: given.signal });
    await expect(calls.next()).rejects.toMatchObject({
      reason: 'CANCELLED',
      cause: { reason: 'UNAVAILABLE' },
    });
    expect(made()).toBe(1);
  });

  it('finds the budget of its channel spent by others, and earns it back by successes', async () => {
    const budget = createRetryBudget();
    for (let n = 0; n < 5; n++) budget.spend();
    const poor = callOf([away(), 'OK']);
    await expect(run(poor.call, { budget })).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    for (let n = 0; n < 30; n++) await run(callOf(['OK']).call, { budget });
    const rich = callOf([away(), 'OK']);
    expect((await run(rich.call, { budget })).value).toBe('OK');
  });

  it('is counted when it is made again, by the reason before', async () => {
    await using telemetry = await startTestTelemetry();
    await run(callOf([away(), new MeshError('DRAINING'), 'OK']).call);
    const values = await telemetry.metrics();
    const counted = (reason: string) =>
      values.get(`consolemesh_rpc_retries_total{method="a.B/C",reason="${reason}"}`);
    expect([counted('UNAVAILABLE'), counted('DRAINING')]).toEqual([1, 1]);
  });
});

it('every method of the contracts that only reads says that it may be called twice', () => {
  const reads = /^(Get|List)/;
  const silent: string[] = [];
  for (const file of FileDescriptorSet.decode(descriptorSet()).file) {
    if (!file.package?.startsWith('consolemesh.')) continue;
    for (const service of file.service ?? []) {
      for (const method of service.method ?? []) {
        const streams = method.clientStreaming || method.serverStreaming;
        // 1 is NO_SIDE_EFFECTS of google.protobuf.MethodOptions.
        const says = method.options?.idempotencyLevel === 1;
        if (reads.test(method.name ?? '') && !streams && !says) silent.push(`${service.name}/${method.name}`);
      }
    }
  }
  expect(silent).toEqual([]);
});
