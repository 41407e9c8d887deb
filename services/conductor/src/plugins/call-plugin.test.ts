import { MeshError } from '@consolemesh/errors';
import { describe, expect, test } from 'vitest';
import { createManualScheduler } from '../testing/manual-scheduler.ts';
import { callPlugin, type PluginCall } from './call-plugin.ts';

const scheduler = createManualScheduler();
const call = <T>(run: PluginCall<T>['run'], change: Partial<PluginCall<T>> = {}) =>
  callPlugin(
    { scheduler },
    {
      plugin: 'driver vnc',
      method: 'StartConsole',
      limit: 5_000,
      unavailable: 'DRIVER_UNAVAILABLE',
      run,
      ...change,
    },
  );
const failing = (error: Error) => async () => {
  throw error;
};
/** A call that ends only with its signal, as gRPC calls do. */
const hanging = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });

describe('a call to a plugin', () => {
  test('has its error named once, with reason and violations as they were', async () => {
    const violations = [{ field: 'driver_info.a', reason: 'FIELD_INVALID', message: 'no' }] as const;
    const error = new MeshError('BMC_TIMEOUT', 'silence', { violations });
    await expect(call(failing(error))).rejects.toMatchObject({
      reason: 'BMC_TIMEOUT',
      message: 'driver vnc: silence',
      violations,
    });
  });

  test('to nobody says that the driver does not answer', async () => {
    const call1 = call(
      failing(new MeshError('UNAVAILABLE', '14 UNAVAILABLE: connect ECONNREFUSED 10.0.0.1:7150')),
    );
    await expect(call1).rejects.toMatchObject({
      reason: 'DRIVER_UNAVAILABLE',
      message: 'driver vnc: No instance of the driver answers.',
    });
  });

  test('for something that is not served says that the capability is missing', async () => {
    await expect(call(failing(new MeshError('UNIMPLEMENTED')))).rejects.toMatchObject({
      reason: 'CAPABILITY_MISSING',
    });
  });

  test('ends at its limit, and says which call that was', async () => {
    const late = call(hanging);
    const expected = expect(late).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
      message: 'driver vnc: StartConsole did not answer within 5 s.',
    });
    await scheduler.advance(5_000);
    await expected;
  });

  test('that is given up is nobody’s failure, before it began and in the middle', async () => {
    const ended = new AbortController();
    const running = call(hanging, { signal: ended.signal });
    ended.abort();
    await expect(running).rejects.toMatchObject({ reason: 'CANCELLED' });
    let called = false;
    const never = call(
      async () => {
        called = true;
      },
      { signal: ended.signal },
    );
    await expect(never).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(called).toBe(false);
  });
});
