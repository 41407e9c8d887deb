import { type CallContext, Metadata, type ServerMiddlewareCall } from 'nice-grpc-common';
import { expect, it } from 'vitest';
import { unprocessedKey } from '../calls/retry-unprocessed.ts';
import { createDrain } from './drain.ts';

/** A unary call whose handler answers `OK`. */
function callOf(path: string) {
  const context = { trailer: Metadata(), signal: new AbortController().signal } as CallContext;
  const method = { path, requestStream: false, responseStream: false, options: {} };
  const handled = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: 'OK' }) }) };
  const call = { ...method, method, request: {}, next: () => handled };
  return { context, call: call as unknown as ServerMiddlewareCall<object, string> };
}

it('a call that a draining server refuses can be made again elsewhere, whatever it does', async () => {
  const drain = createDrain(['/grpc.health.']);
  const before = callOf('/a.B/C');
  expect((await drain.middleware(before.call, before.context).next()).value).toBe('OK');
  expect(before.context.trailer.has(unprocessedKey)).toBe(false);

  drain.begin();
  const { call, context } = callOf('/a.B/C');
  await expect(drain.middleware(call, context).next()).rejects.toMatchObject({ reason: 'DRAINING' });
  expect(context.trailer.has(unprocessedKey)).toBe(true);
  const health = callOf('/grpc.health.v1.Health/Check');
  expect((await drain.middleware(health.call, health.context).next()).value).toBe('OK');
});
