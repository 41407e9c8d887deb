import { parseDuration } from '@consolemesh/config';
import { UsageError } from './exit-codes.ts';

/** The value of an option that is a length of time (`500ms`, `30s`, `10m`, `8h`, `7d`), ms; undefined when it was not given. */
export function readDuration(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch {
    throw new UsageError(`${option} ${text}: expected a duration such as 30s, 10m, 8h or 7d`);
  }
}
