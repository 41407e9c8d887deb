import type { Attributes, Meter } from '@opentelemetry/api';
import { type Labels, type MetricRow, metrics, type Observed, type Written } from './catalogue.ts';

/** A value of an observed metric. */
export interface Sample<Name extends Observed> {
  readonly labels: Labels<Name>;
  readonly value: number;
}

/** What writes; absent while metrics are off. */
type Write = (name: string, value: number, labels: Attributes) => void;
let write: Write | undefined;

/** Who is asked for the values of a metric. Several may be: services in one process add up. */
const sources = new Map<string, Set<() => Iterable<{ labels: Attributes; value: number }>>>();

/** Whether metrics are on. */
export function isRecording(): boolean {
  return write !== undefined;
}

/** Counts one more. */
export function count<Name extends Written<'counter'>>(name: Name, labels: Labels<Name>): void {
  write?.(name, 1, labels);
}

/** Notes how long something took. */
export function measure<Name extends Written<'histogram'>>(
  name: Name,
  seconds: number,
  labels: Labels<Name>,
): void {
  write?.(name, seconds, labels);
}

/** Says who knows the values of a metric, until it is disposed. Nobody is asked while metrics are off. */
export function observe<Name extends Observed>(name: Name, source: () => Iterable<Sample<Name>>): Disposable {
  const all = sources.get(name) ?? new Set();
  sources.set(name, all);
  all.add(source);
  return { [Symbol.dispose]: () => void all.delete(source) };
}

/** Switches metrics on: makes every metric of the catalogue at a meter. Disposed, they are off again. */
export function recordTo(meter: Meter): Disposable {
  const writers = new Map<string, (value: number, labels: Attributes) => void>();
  for (const [name, row] of Object.entries<MetricRow>(metrics)) {
    const options = { description: row.meaning };
    if (row.observed) {
      const metric =
        row.type === 'counter'
          ? meter.createObservableCounter(name, options)
          : meter.createObservableGauge(name, options);
      /** Labels that had a value before: the SDK shows the last value of a gauge for ever, so what is gone has to be said to be 0. */
      const shown = new Map<string, Attributes>();
      metric.addCallback((result) => {
        const sums = sumOf(name);
        for (const [key, labels] of shown) if (!sums.has(key)) result.observe(0, labels);
        for (const [key, { value, labels }] of sums) {
          result.observe(value, labels);
          if (row.type === 'gauge') shown.set(key, labels);
        }
      });
    } else if (row.type === 'counter') {
      const metric = meter.createCounter(name, options);
      writers.set(name, (value, labels) => metric.add(value, labels));
    } else {
      const advice = { explicitBucketBoundaries: [...(row.buckets ?? [])] };
      const metric = meter.createHistogram(name, { ...options, unit: 's', advice });
      writers.set(name, (value, labels) => metric.record(value, labels));
    }
  }
  write = (name, value, labels) => writers.get(name)?.(value, labels);
  return {
    [Symbol.dispose]() {
      write = undefined;
    },
  };
}

/** What all sources of a metric say, by their labels as one text; those with the same labels added up. */
function sumOf(name: string): Map<string, { labels: Attributes; value: number }> {
  const sums = new Map<string, { labels: Attributes; value: number }>();
  for (const source of sources.get(name) ?? []) {
    for (const { labels, value } of source()) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const known = sums.get(key);
      if (known) known.value += value;
      else sums.set(key, { labels, value });
    }
  }
  return sums;
}
