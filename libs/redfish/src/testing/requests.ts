import { expect } from 'vitest';
import { RedfishError } from '../errors.ts';
import type { Seen } from './fake-service.ts';

/** What the tests of the client ask for. */
export const SESSIONS = '/redfish/v1/SessionService/Sessions';
export const SYSTEM = '/redfish/v1/Systems/1';
export const LOGIN = `POST ${SESSIONS}`;

export function isLogin({ method, path }: Seen): boolean {
  return method === 'POST' && path === SESSIONS;
}

export function asError(error: unknown): RedfishError {
  expect(error).toBeInstanceOf(RedfishError);
  return error as RedfishError;
}
