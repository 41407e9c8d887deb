import type { Traffic } from './open-session.ts';

/** One look at a session's counters. */
export interface Sample extends Readonly<Traffic> {
  /** Milliseconds on any steady clock. */
  readonly at: number;
}

/** The small line of figures: size of the picture, rates since the last look, duration. */
export function describeTraffic(
  before: Sample,
  now: Sample,
  size: { readonly width: number; readonly height: number },
  openedAt: number,
): string {
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const inRate = (now.bytesIn - before.bytesIn) / seconds;
  const outRate = (now.bytesOut - before.bytesOut) / seconds;
  return [
    `${size.width} × ${size.height}`,
    `↓ ${bytes(inRate)}/s`,
    `↑ ${bytes(outRate)}/s`,
    `${bytes(now.bytesIn)} received`,
    duration(now.at - openedAt),
  ].join('  ·  ');
}

/** Bytes as people read them: `940 B`, `12 kB`, `3.4 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = value < 9.95 && unit > 0 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Milliseconds as `m:ss` or `h:mm:ss`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
