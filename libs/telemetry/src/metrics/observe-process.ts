import { monitorEventLoopDelay } from 'node:perf_hooks';
import { observe } from './record.ts';

/** How finely the event loop is watched, ms: fine enough for what a user of a console feels, and fifty wake-ups a second. */
const resolution = 20;

/** Shows memory, processor time and the delay of the event loop of this process as metrics, until it is disposed. */
export function observeProcess(): Disposable {
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  /** What was due at a tick of the watch is in what it measures; only what came on top is delay. */
  const seconds = (ns: number) => Math.max(0, ns / 1e9 - resolution / 1000);
  const observed = [
    observe('consolemesh_process_memory_bytes', () => {
      const { rss, heapUsed, external } = process.memoryUsage();
      return Object.entries({ resident: rss, heap: heapUsed, external }).map(([part, value]) => ({
        labels: { part },
        value,
      }));
    }),
    observe('consolemesh_process_cpu_seconds_total', () => {
      const { user, system } = process.cpuUsage();
      return Object.entries({ user, system }).map(([mode, microseconds]) => ({
        labels: { mode },
        value: microseconds / 1e6,
      }));
    }),
    observe('consolemesh_event_loop_delay_seconds', () => {
      // Before the first tick there is nothing, which the histogram says as NaN and as a number beyond all others.
      const { p50, p99, max } = { p50: delays.percentile(50), p99: delays.percentile(99), max: delays.max };
      const any = delays.count > 0;
      delays.reset();
      return Object.entries({ p50, p99, max }).map(([quantile, ns]) => ({
        labels: { quantile },
        value: any ? seconds(ns) : 0,
      }));
    }),
  ];
  return {
    [Symbol.dispose]() {
      delays.disable();
      for (const metric of observed) metric[Symbol.dispose]();
    },
  };
}
