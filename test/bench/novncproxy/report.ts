import type { Sample } from './measure.ts';
import type { Row, Who } from './rows.ts';

/** All runs of one row. */
export interface Result {
  readonly row: Row;
  readonly samples: Readonly<Record<Who, readonly Sample[]>>;
}

/** Median with the smallest and the largest. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Summary of at least one number. */
export function summarise(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The results as a table in Markdown, which a terminal shows well enough. */
export function table(results: readonly Result[]): string {
  const head = [
    'per CPU second of the proxy',
    'ours',
    'websockify',
    'ratio',
    '`ws`',
    'CPU s',
    'holder',
    'goal',
  ];
  const lines = results.map(({ row, samples }) => {
    const value = (who: Who) => summarise(samples[who].map((sample) => sample.value));
    const ours = value('ours');
    const theirs = value('theirs');
    const cpu = (who: Who) => summarise(samples[who].map((sample) => sample.cpu))?.median.toFixed(2);
    const holder = summarise(samples.ours.flatMap((sample) => sample.holderCpu ?? []))?.median;
    const unit = row.better === 'more' ? row.unit : `${row.unit} (not per second)`;
    return [
      `${row.title}, ${unit}`,
      show(ours),
      show(theirs),
      ours && theirs ? ratio(row, ours.median, theirs.median) : '–',
      show(value('ws')),
      [cpu('ours'), cpu('theirs'), cpu('ws')].filter(Boolean).join(' / '),
      holder === undefined ? '–' : `${holder.toFixed(2)} s`,
      goal(row, ours?.median),
    ];
  });
  return align([head, ...lines]);
}

/** What a program wants to read. */
export function json(results: readonly Result[], about: object): string {
  const rows = results.map(({ row, samples }) => ({
    id: row.id,
    title: row.title,
    unit: row.unit,
    goal: row.goal ?? null,
    met: row.goal === undefined ? null : meets(row, summarise(samples.ours.map((s) => s.value))?.median),
    samples,
  }));
  return `${JSON.stringify({ ...about, rows }, null, 2)}\n`;
}

function meets(row: Row, value: number | undefined): boolean {
  if (row.goal === undefined || value === undefined) return false;
  return row.better === 'more' ? value >= row.goal : value <= row.goal;
}

function goal(row: Row, value: number | undefined): string {
  if (row.goal === undefined) return '–';
  const sign = row.better === 'more' ? '≥' : '≤';
  return `${sign} ${number(row.goal)} ${meets(row, value) ? 'met' : 'MISSED'}`;
}

function ratio(row: Row, ours: number, theirs: number): string {
  const times = row.better === 'more' ? ours / theirs : theirs / ours;
  return `${times.toFixed(times < 10 ? 1 : 0)}×`;
}

function show(summary: Summary | undefined): string {
  if (!summary) return '–';
  const { median, min, max } = summary;
  return min === max ? number(median) : `${number(median)} (${number(min)}–${number(max)})`;
}

function number(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}

function align(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const show = (line: readonly string[]) =>
    `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [show(cells[0]!), rule, ...cells.slice(1).map(show)].join('\n');
}
