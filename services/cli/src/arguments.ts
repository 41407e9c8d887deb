import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { UsageError } from './exit-codes.ts';

/** For options that may be repeated: gathers their values. */
export function gather(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
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

/** As `readPairs`, where `key=@FILE` takes the text of a file (a PEM, for one) and `key=@@…` a value that begins with `@`. */
export function readPairsOrFiles(option: string, texts: readonly string[] = []): Record<string, string> {
  const pairs = Object.entries(readPairs(option, texts));
  return Object.fromEntries(pairs.map(([key, value]) => [key, readValue(option, key, value)]));
}

function readValue(option: string, key: string, value: string): string {
  if (!value.startsWith('@')) return value;
  if (value.startsWith('@@')) return value.slice(1);
  const path = value.slice(1);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${option} ${key}: ${path} cannot be read (${code}); a value that begins with @ is written @@`,
    );
  }
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
