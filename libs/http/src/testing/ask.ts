import type { RequestListener } from 'node:http';
import { expect } from 'vitest';
import { createHttpClient, HttpError, type HttpRequest, type HttpTarget } from '../index.ts';
import type { TestServer } from './start-server.ts';

export const hello: RequestListener = (_request, response) => response.end('hello');
export const GET = { method: 'GET', path: '/' } as const;

export function clientOf({ host, port }: TestServer, target: Partial<HttpTarget> = {}) {
  return createHttpClient({ host, port, trust: { verify: 'none' }, ...target });
}

/** What becomes of one request: the text of the answer, or the error. */
export async function ask(
  server: TestServer,
  target: Partial<HttpTarget> = {},
  request: Partial<HttpRequest> = {},
) {
  await using client = clientOf(server, target);
  return await client.request({ ...GET, ...request }).then(({ body }) => body.toString(), asError);
}

export function asError(error: unknown): HttpError {
  expect(error).toBeInstanceOf(HttpError);
  return error as HttpError;
}
