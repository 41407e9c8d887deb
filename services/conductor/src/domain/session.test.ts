import { describe, expect, test } from 'vitest';
import { ageSession, endSession, sessionLimits } from './session.ts';
import { aSession } from './testing.ts';

describe('what time does to a session', () => {
  test('a silent proxy loses its sessions after 15 seconds', () => {
    const session = aSession();
    expect(ageSession(session, 15_100, 100)).toBe(session);
    expect(ageSession(session, 15_101, 100)).toMatchObject({ state: 'detached', changedAt: 15_101 });
  });

  test('a detached session ends after two minutes', () => {
    const detached = aSession({ state: 'detached', changedAt: 1_000 });
    expect(ageSession(detached, 120_999, 120_999)).toBe(detached);
    expect(ageSession(detached, 121_000, 121_000)).toMatchObject({
      state: 'ended',
      end: { reason: 'CLIENT_LOST' },
    });
  });

  test('the longest duration ends any session, and an opening that never opens is given up', () => {
    expect(ageSession(aSession({ expiresAt: 500 }), 500, 500).end?.reason).toBe('SESSION_EXPIRED');
    const opening = aSession({ state: 'opening' });
    const now = 101 + sessionLimits.opening;
    expect(ageSession(opening, now, now).state).toBe('detached');
  });

  test('an ended session keeps its first reason', () => {
    const ended = endSession(aSession(), { reason: 'CONSOLE_DISABLED', message: '', at: 1 });
    expect(endSession(ended, { reason: 'CLIENT_LOST', message: '', at: 2 })).toBe(ended);
    expect(ageSession(ended, 1e12, undefined)).toBe(ended);
  });
});
