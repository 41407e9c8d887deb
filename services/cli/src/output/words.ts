import type { Timestamp } from '@consolemesh/contracts/protobuf';
import { fromTimestamp } from '@consolemesh/mesh';

/** An enum of the contracts, as ts-proto writes it. */
export type EnumObject = Readonly<Record<string, number>>;

/** A value of an enum as a lower-case word (`soft-off`); undefined when it is not said or not known here. */
export function wordOf(values: EnumObject, value: number | undefined): string | undefined {
  const name = Object.keys(values).find((key) => values[key] === value);
  if (name === undefined || name === 'UNSPECIFIED') return undefined;
  return name.toLowerCase().replaceAll('_', '-');
}

/** The words of an enum. */
export function wordsOf(values: EnumObject): string[] {
  return Object.values(values).flatMap((value) => wordOf(values, value) ?? []);
}

/** The value of a word; 0 (not said) for none. The word has been checked by the command line. */
export function enumOf<E extends EnumObject>(values: E, word: string | undefined): E[keyof E] {
  const name = word?.toUpperCase().replaceAll('-', '_') ?? 'UNSPECIFIED';
  return (values[name] ?? 0) as E[keyof E];
}

/** A time in ISO 8601, UTC; undefined when there is none. */
export function isoTime(time: Timestamp | undefined): string | undefined {
  return time && new Date(fromTimestamp(time)).toISOString();
}
