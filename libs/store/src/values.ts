const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/**
 * A parameter as both engines understand it alike. Checked here and not left to the drivers: libsql ends the whole
 * process when it meets a boolean, cuts text at a NUL and binds every number as a float; pg turns arrays and dates into
 * types of its own.
 * @throws TypeError for what has no portable form, saying which helper makes one
 */
export function encodeParameter(value: unknown): null | string | number | bigint | Buffer {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'boolean':
      return value ? 1n : 0n;
    case 'number':
      if (Number.isSafeInteger(value)) return BigInt(value);
      if (!Number.isFinite(value) || Number.isInteger(value))
        throw new TypeError(`${value} is not exact; pass a bigint`);
      return value;
    case 'bigint':
      if (value > MAX_INT64 || value < MIN_INT64)
        throw new TypeError('a bigint beyond 64 bits cannot be stored');
      return value;
    case 'string':
      if (value.includes('\0')) throw new TypeError('text with a NUL in it cannot be stored; store bytes');
      return value;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(
    'only text, numbers, bigints, booleans and bytes can be stored; see toJson for the rest',
  );
}

/**
 * Replaces a row's values by what the program sees, in place: integers are numbers, except counters, which are bigints;
 * bytes are Buffers.
 * @throws RangeError for an integer that a number cannot hold in a column that is no counter
 */
export function decodeRow(row: Record<string, unknown>, counters: ReadonlySet<string>): void {
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'bigint') {
      if (!counters.has(column)) row[column] = exactNumber(value, column);
    } else if (typeof value === 'number') {
      if (counters.has(column)) row[column] = BigInt(value);
    } else if (value instanceof ArrayBuffer) {
      row[column] = Buffer.from(value);
    }
  }
}

function exactNumber(value: bigint, column: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new RangeError(`${column} holds ${value}, which a number cannot; declare it as a Counter`);
  }
  return number;
}
