import type { Colors } from '../io.ts';
import { oneLine, printable } from './text.ts';

/** A column of a table: its heading and what stands in it for a row. */
export type Column<T> = readonly [heading: string, cell: (row: T) => string | number | undefined];

/** Rows under headings, aligned by spaces; nothing but the headings when there are no rows. */
export function formatTable<T>(columns: readonly Column<T>[], rows: readonly T[], colours: Colors): string {
  const cells = rows.map((row) => columns.map(([, cell]) => oneLine(String(cell(row) ?? '')) || '-'));
  const widths = columns.map(([heading], i) =>
    Math.max(heading.length, ...cells.map((row) => row[i]!.length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const headings = line(columns.map(([heading]) => heading.toUpperCase()));
  return [colours.dim(headings), ...cells.map(line)].map((text) => `${text}\n`).join('');
}

/** One thing: a name and a value on each line; what is empty is left out, maps and lists are indented below their name. */
export function formatRecord(record: Readonly<Record<string, unknown>>, colours: Colors): string {
  const entries = Object.entries(record).filter(([, value]) => !isEmpty(value));
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => formatEntry(name, value, width, colours)).join('');
}

function formatEntry(name: string, value: unknown, width: number, colours: Colors): string {
  if (typeof value !== 'object' || value === null) {
    return `${colours.dim(name.padEnd(width))}  ${oneLine(String(value))}\n`;
  }
  const lines = Array.isArray(value)
    ? value.map((item) => `  ${formatItem(item)}\n`)
    : Object.entries(value)
        .filter(([, item]) => !isEmpty(item))
        .map(([key, item]) => `  ${printable(key)}: ${formatItem(item)}\n`);
  return `${colours.dim(name)}\n${lines.join('')}`;
}

function formatItem(value: unknown): string {
  if (typeof value !== 'object' || value === null) return oneLine(String(value));
  const parts = Object.entries(value)
    .filter(([, item]) => !isEmpty(item))
    .map(([key, item]) => `${printable(key)}=${formatItem(item)}`);
  return parts.join('  ');
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
