import { errorRow, MeshError } from '@consolemesh/errors';
import { expect, it } from 'vitest';
import { endOf, endOfError, returnsByItself } from './end.ts';

it('tells a user nothing of the addresses of services that do not answer', () => {
  const words = 'connect ECONNREFUSED 10.0.0.4:7150';
  for (const end of [endOf('UNAVAILABLE', words), endOfError(new MeshError('UNAVAILABLE', words))])
    expect(end).toEqual({ reason: 'UNAVAILABLE', message: errorRow('UNAVAILABLE').meaning });
});

it('keeps what a service says about the user’s own console', () => {
  expect(
    endOfError(
      new MeshError('BMC_BUSY', 'Two viewers are all it takes.', { metadata: { retry_after_ms: '500' } }),
    ),
  ).toEqual({
    reason: 'BMC_BUSY',
    message: 'Two viewers are all it takes.',
    retryAfterMs: 500,
  });
});

it('sends a page back by itself when a part of the mesh was away, and never when the machine or somebody ended it', () => {
  for (const reason of ['DRAINING', 'UNAVAILABLE', 'NOT_HELD', 'CONDUCTOR_UNAVAILABLE'] as const)
    expect([reason, returnsByItself(reason)]).toEqual([reason, true]);
  for (const reason of [
    'UPSTREAM_CLOSED',
    'BMC_TIMEOUT',
    'SESSION_TERMINATED',
    'TOKEN_REVOKED',
    'STALE_GENERATION',
  ] as const)
    expect([reason, returnsByItself(reason)]).toEqual([reason, false]);
});
