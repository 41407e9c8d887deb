import { HealthCheckResponse_ServingStatus as Serving } from '@consolemesh/contracts/health';
import type { CallContext } from 'nice-grpc-common';
import { describe, expect, it } from 'vitest';
import { createHealth } from './health.ts';

const watch = (
  health: ReturnType<typeof createHealth>,
  service = '',
  signal = new AbortController().signal,
) => health.handlers.watch({ service }, { signal } as CallContext);

describe('health', () => {
  it('says each change to those who watch', async () => {
    const health = createHealth(['a.B']);
    const answers = watch(health, 'a.B');
    expect((await answers.next()).value).toEqual({ status: Serving.SERVING });
    // Before the next answer is asked for: nothing is lost.
    health.setServing(false);
    expect((await answers.next()).value).toEqual({ status: Serving.NOT_SERVING });
    const next = answers.next();
    health.setServing(true);
    expect((await next).value).toEqual({ status: Serving.SERVING });
  });

  it('ends every watch when the server ends, after a last word', async () => {
    const health = createHealth([]);
    const [known, unknown] = [watch(health), watch(health, 'of.Nobody')];
    await known.next();
    expect((await unknown.next()).value).toEqual({ status: Serving.SERVICE_UNKNOWN });
    health.end();
    expect((await known.next()).value).toEqual({ status: Serving.NOT_SERVING });
    expect([(await known.next()).done, (await unknown.next()).done]).toEqual([true, true]);
    // One that comes too late hears it too.
    const late = watch(health);
    expect((await late.next()).value).toEqual({ status: Serving.NOT_SERVING });
    expect((await late.next()).done).toBe(true);
    health.setServing(true);
    expect(health.isServing()).toBe(false);
  });

  it('ends a watch whose client has gone', async () => {
    const gone = new AbortController();
    const answers = watch(createHealth([]), '', gone.signal);
    await answers.next();
    const last = answers.next();
    gone.abort();
    expect((await last).done).toBe(true);
  });
});
