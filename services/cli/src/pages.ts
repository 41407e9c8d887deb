/** One page of a list and where the next begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

/** Most that a list prints when it is not told. */
export const mostListed = 100_000;

/** Everything of a list, page by page, at most `limit`. */
export async function readPages<T>(
  limit: number,
  read: (pageSize: number, pageToken: string) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  for (let token = ''; items.length < limit; ) {
    const page = await read(Math.min(limit - items.length, 1000), token);
    items.push(...page.items);
    token = page.nextPageToken;
    if (token === '') break;
  }
  return items.slice(0, limit);
}
