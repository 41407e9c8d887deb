import { MeshError } from '@consolemesh/errors';

/** Where a page of tokens ended. */
export interface Position {
  readonly issuedAt: number;
  readonly tokenId: string;
}

/**
 * A position as text that callers pass back without reading it.
 *
 *     base64url( <issued_at, ms, decimal> "," <token id> )
 */
export function encodePageToken({ issuedAt, tokenId }: Position): string {
  return Buffer.from(`${issuedAt},${tokenId}`).toString('base64url');
}

/** The position; undefined for the empty text, which means from the start. Throws FIELD_INVALID. */
export function decodePageToken(text: string): Position | undefined {
  if (text === '') return undefined;
  const plain = text.length > 256 ? '' : Buffer.from(text, 'base64url').toString('utf8');
  const match = /^(\d{1,15}),([0-9a-f-]{36})$/.exec(plain);
  if (!match) {
    const message = 'is not from an earlier answer; leave it empty to start from the beginning';
    throw new MeshError('FIELD_INVALID', `page_token: ${message}`, {
      violations: [{ field: 'page_token', reason: 'FIELD_INVALID', message }],
    });
  }
  return { issuedAt: Number(match[1]), tokenId: match[2]! };
}
