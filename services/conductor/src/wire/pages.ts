import { MeshError } from '@consolemesh/errors';

/** Size of a page as asked for: 0 means 100, more than 1000 means 1000. */
export function pageSizeOf(asked: number): number {
  return asked === 0 ? 100 : Math.min(asked, 1_000);
}

/** Where a page begins, as an opaque word. */
export function makePageToken(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads such a word; undefined when there is none. @throws MeshError INVALID_ARGUMENT */
export function readPageToken(
  token: string,
  shape: readonly ('string' | 'number')[],
): (string | number)[] | undefined {
  if (token === '') return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (
      Array.isArray(position) &&
      position.length === shape.length &&
      shape.every((type, i) => typeof position[i] === type)
    ) {
      return position as (string | number)[];
    }
  } catch {
    // Falls through to the one error.
  }
  throw notOfThisList();
}

/** Reads such a word that holds a 64-bit counter; undefined when there is none. @throws MeshError INVALID_ARGUMENT */
export function readPageCounter(token: string): bigint | undefined {
  const [counter] = readPageToken(token, ['string']) ?? [];
  if (counter === undefined) return undefined;
  if (!/^\d{1,18}$/.test(String(counter))) throw notOfThisList();
  return BigInt(counter);
}

function notOfThisList(): MeshError {
  return new MeshError(
    'INVALID_ARGUMENT',
    'page_token: this is not a token of this list; begin without one.',
  );
}

/** Splits what was read, one more than asked for, into the page and whether there is another. */
export function cutPage<T>(rows: readonly T[], size: number): { page: readonly T[]; last: T | undefined } {
  return rows.length > size
    ? { page: rows.slice(0, size), last: rows[size - 1] }
    : { page: rows, last: undefined };
}
