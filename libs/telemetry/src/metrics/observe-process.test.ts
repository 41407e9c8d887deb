import { expect, it } from 'vitest';
import { startTestTelemetry } from '../testing.ts';

/** Keeps the event loop from turning for a while, ms. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it('shows what a process uses, and how long its event loop stood still since it was last asked', async () => {
  await using telemetry = await startTestTelemetry();
  const first = await telemetry.metrics();
  expect(first.get('consolemesh_process_memory_bytes{part="resident"}')).toBeGreaterThan(2 ** 20);
  expect(first.get('consolemesh_process_memory_bytes{part="heap"}')).toBeGreaterThan(2 ** 20);

  const blocked = async () => {
    block(400);
    return (await telemetry.metrics()).get('consolemesh_event_loop_delay_seconds{quantile="max"}');
  };
  // The first tick of the watch may be still to come.
  await expect.poll(blocked).toBeGreaterThan(0.3);
  const later = await telemetry.metrics();
  const cpu = (metrics: ReadonlyMap<string, number>) =>
    metrics.get('consolemesh_process_cpu_seconds_total{mode="user"}') ?? Number.NaN;
  expect(cpu(later)).toBeGreaterThan(cpu(first));
});

it('is not watched any more once telemetry is off', async () => {
  const telemetry = await startTestTelemetry();
  await telemetry[Symbol.asyncDispose]();
  await using next = await startTestTelemetry();
  const values = await next.metrics();
  // Were the first one still there, both would add up.
  expect(values.get('consolemesh_process_memory_bytes{part="resident"}')).toBeLessThan(
    1.5 * process.memoryUsage().rss,
  );
});
