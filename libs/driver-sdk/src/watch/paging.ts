import { violationsError } from '@consolemesh/errors';

/** Page sizes as the contracts say: 0 means 500, more than 1000 means 1000. */
const sizes = { usual: 500, most: 1000 };

/** A page of things in the order of their id. The page token is the last id, so that things may come and go between pages. */
export function pageOf<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  request: { readonly pageSize: number; readonly pageToken: string },
): { items: T[]; nextPageToken: string } {
  const size = request.pageSize === 0 ? sizes.usual : Math.min(request.pageSize, sizes.most);
  const after = request.pageToken === '' ? '' : readToken(request.pageToken);
  const rest = all.filter((item) => idOf(item) > after);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const more = rest.length > items.length && last !== undefined;
  return { items, nextPageToken: more ? Buffer.from(`1${idOf(last)}`).toString('base64url') : '' };
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (token.length > 512 || !text.startsWith('1')) {
    throw violationsError([
      {
        field: 'page_token',
        reason: 'FIELD_INVALID',
        message: 'is not one of this service; begin again without it',
      },
    ]);
  }
  return text.slice(1);
}
