import { cpuSeconds, type Process } from '../novncproxy/processes.ts';
import { summarise } from '../novncproxy/report.ts';
import type { Load, Printed } from './print-on-all.ts';

/** What one run under load took. */
export interface Sample {
  readonly cpuSeconds: number;
  /** The same of the simulated BMCs, which are not counted. */
  readonly bmcCpuSeconds: number;
  readonly seconds: number;
  readonly printed: Printed;
  /** Bytes that those who look have got. */
  readonly shown: number;
}

/** What prints, for whom, and whose CPU time counts. */
export interface Run {
  readonly bmcs: Process;
  /** The first machine that prints, and how many do. */
  readonly first: number;
  readonly lines: number;
  readonly load: Load;
  readonly pids: readonly number[];
  /** Bytes that those who look have got so far. */
  shown(): number;
}

/** Lets machines print for a while. */
export async function measureLoad(run: Run): Promise<Sample> {
  const { bmcs, first, lines, load, pids } = run;
  const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const before = { cpu: cpu(), bmcs: cpuSeconds(bmcs.pid), shown: run.shown() };
  const printed = await bmcs.ask<Printed>('print', { first, lines, ...load });
  // What was acknowledged last is still on its way to those who look.
  for (let wait = 0; wait < 20 && run.shown() - before.shown < printed.taken; wait += 1) await pause(50);
  return {
    cpuSeconds: cpu() - before.cpu,
    bmcCpuSeconds: cpuSeconds(bmcs.pid) - before.bmcs,
    seconds: load.seconds,
    printed,
    shown: run.shown() - before.shown,
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Nobody's buffer overflows while a piece waits no longer, ms: two kilobytes of a port at 115,200 bit/s. */
const lateMs = 200;

/** Nothing was lost and nothing late. `watched`: somebody looks at each. */
export function isInTime({ printed, shown }: Sample, watched: boolean): boolean {
  const all = printed.taken === printed.wanted && (!watched || shown >= printed.taken);
  return all && printed.p99 <= lateMs;
}

/** Some runs of the same load in a cell of the table; `unit` is what the CPU time is divided by. */
export function inWords(all: readonly Sample[], watched: boolean, unit: 'MB' | 'packet'): string {
  // Where others keep the machine busy, a run may get nothing done; what it cost for each byte means nothing then.
  const samples = all.filter(({ printed }) => printed.taken > printed.wanted / 4);
  if (samples.length === 0) return `not a quarter taken in ${all.length} runs`;
  // Seconds for each million bytes; a packet of one character has as many microseconds.
  const per = samples.map(({ cpuSeconds, printed }) => (cpuSeconds / printed.taken) * 1e6);
  const share = summarise(samples.map((s) => (s.cpuSeconds / s.seconds) * 100))!;
  const { median, min, max } = summarise(per)!;
  const cost =
    unit === 'MB'
      ? `**${median.toFixed(2)} s/MB** (${min.toFixed(2)}–${max.toFixed(2)})`
      : `**${median.toFixed(0)} µs each** (${min.toFixed(0)}–${max.toFixed(0)})`;
  const least = Math.min(...all.map((s) => s.printed.taken / s.printed.wanted)) * 100;
  const p99 = summarise(samples.map((s) => s.printed.p99))!;
  const inTime = samples.filter((s) => isInTime(s, watched)).length;
  const left = samples.length < all.length ? ` in ${samples.length} of ${all.length} runs` : '';
  return [
    `${cost}${left}`,
    `${share.median.toFixed(0)} % of a core`,
    `${Math.floor(least)} % taken`,
    `p99 ${p99.median.toFixed(0)} ms (${p99.min.toFixed(0)}–${p99.max.toFixed(0)})`,
    `in time ${inTime} of ${all.length}`,
  ].join('; ');
}
