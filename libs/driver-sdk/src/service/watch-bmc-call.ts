import { inSpan, measure, reasonOf } from '@consolemesh/telemetry';

/** A call to a machine as a span, and its duration and reason as a metric. */
export async function watchBmcCall<T>(driver: string, call: () => Promise<T>): Promise<T> {
  const started = performance.now();
  let reason = 'OK';
  try {
    return await inSpan('bmc call', { kind: 'client', attributes: { 'consolemesh.driver': driver } }, call);
  } catch (error) {
    reason = reasonOf(error);
    throw error;
  } finally {
    measure('consolemesh_bmc_call_seconds', (performance.now() - started) / 1000, { driver, reason });
  }
}
