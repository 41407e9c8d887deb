import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { HttpError } from './errors.ts';

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
};

/**
 * Undoes Content-Encoding. We ask for `identity`, but some BMCs compress whatever was asked for.
 * @throws HttpError TOO_LARGE, TRUNCATED, NOT_HTTP
 */
export async function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || body.length === 0) return body;
  if (!Object.hasOwn(decoders, name)) {
    throw new HttpError('NOT_HTTP', 'the answer has a Content-Encoding that was not asked for');
  }
  try {
    return await decoders[name as keyof typeof decoders](body, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    if (code === 'Z_BUF_ERROR') throw new HttpError('TRUNCATED', 'the compressed answer ends too early');
    throw new HttpError('NOT_HTTP', 'the answer is not compressed as its Content-Encoding says');
  }
}

export function tooLarge(maxBytes: number): HttpError {
  return new HttpError('TOO_LARGE', `the body of the answer is larger than ${maxBytes} bytes`);
}
