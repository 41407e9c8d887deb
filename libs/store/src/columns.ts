import type { ColumnType } from 'kysely';

/**
 * A 64-bit counter (fence, generation, revision): BIGINT in the table, `bigint` in the program, exact on both engines.
 * Its name has to be listed in `OpenOptions.counters`, because a result tells its columns' names and not their meaning.
 */
export type Counter = ColumnType<bigint, bigint, bigint>;

/** Milliseconds since the epoch: BIGINT in the table, `number` in the program. */
export type Millis = number;

/** Yes or no: INTEGER in the table (SQLite has no boolean), `boolean` accepted when writing, 0 or 1 when reading. */
export type Flag = ColumnType<0 | 1, boolean | 0 | 1, boolean | 0 | 1>;

/** Bytes: `ColumnTypes.bytes` in a migration, any `Uint8Array` accepted when writing, `Buffer` when reading. */
export type Bytes = ColumnType<Buffer, Uint8Array, Uint8Array>;

/** A column of {@link Flag} as a boolean. */
export function fromFlag(value: 0 | 1): boolean {
  return value === 1;
}

/** A value as the text of a TEXT column. Portable where a JSON column type is not. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError('this value has no JSON form');
  return text;
}

/** The value of a TEXT column that {@link toJson} wrote. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}
