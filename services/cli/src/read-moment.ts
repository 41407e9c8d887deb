import { parseDuration } from '@consolemesh/config';
import { UsageError } from './exit-codes.ts';

/** The value of an option that is a time (ISO 8601) or how long ago it was (`30m`, `8h`, `7d`), ms since the epoch. */
export function readMoment(option: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  try {
    return now - parseDuration(text);
  } catch {
    throw new UsageError(
      `${option} ${text}: expected a time such as 2026-01-31T08:00Z, or a duration such as 8h`,
    );
  }
}
