import { parseDuration } from '@consolemesh/config';
import { InvalidArgumentError } from 'commander';
import { UsageError } from './exitCodes.ts';

/** For options that may be repeated: gathers their values. */
export function gather(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** For durations: `500ms`, `30s`, `10m`, `8h`, `7d`, as ms. */
export function readDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('Expected a duration such as 30s, 10m, 8h or 7d.');
  }
}

/** For whole numbers in a range. */
export function readInteger(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
    return value;
  };
}

/** `key=value` texts as a map. Throws UsageError that names the option. */
export function readPairs(option: string, texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`${option} ${text}: expected KEY=VALUE`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
