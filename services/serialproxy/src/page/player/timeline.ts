import type { LogPiece } from '@consolemesh/proxy/page';

/** When each piece of a log is shown. A position is so many ms of playing at normal speed. */
export interface Timeline {
  /** Longest position. */
  readonly length: number;
  /** How many pieces are shown at a position. */
  countAt(position: number): number;
  /** The time of the wall clock at a position, ms since the epoch. */
  wallAt(position: number): number;
  /** The position of a time of the wall clock. */
  positionOf(wall: number): number;
}

/** Silence that is longer than this is shortened to it, ms, where idle time is skipped. */
export const longestIdleMs = 2_000;

/** Lays pieces out in time, in their order; a clock that was set back counts as no time at all. */
export function createTimeline(pieces: readonly LogPiece[], skipsIdle: boolean): Timeline {
  const count = pieces.length;
  const walls = new Float64Array(count);
  const positions = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const before = n === 0 ? (pieces[0]?.at ?? 0) : walls[n - 1]!;
    walls[n] = Math.max(before, pieces[n]!.at);
    const gap = walls[n]! - before;
    positions[n] = (n === 0 ? 0 : positions[n - 1]!) + (skipsIdle ? Math.min(gap, longestIdleMs) : gap);
  }
  return {
    length: count === 0 ? 0 : positions[count - 1]!,
    countAt: (position) => countUpTo(positions, position),
    wallAt: (position) => between(positions, walls, position),
    positionOf: (wall) => between(walls, positions, wall),
  };
}

/** How many of ascending values are at most `limit`. */
function countUpTo(values: Float64Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value of `to` that belongs to `at` of `from`; between two of them in proportion. */
function between(from: Float64Array, to: Float64Array, at: number): number {
  const next = countUpTo(from, at);
  if (next === 0) return to[0] ?? 0;
  if (next === from.length) return to[next - 1]!;
  const part = (at - from[next - 1]!) / (from[next]! - from[next - 1]!);
  return to[next - 1]! + part * (to[next]! - to[next - 1]!);
}
