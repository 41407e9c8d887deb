import { describe, expect, it } from 'vitest';
import { type State, viewOf } from './states.ts';

const now = new Date('2026-11-20T14:15:00');

function ended(reason: string, message?: string, hasCredential = true) {
  return viewOf({ kind: 'ended', reason, message, hasCredential }, 'rack4-node7', now);
}

describe('a state in words', () => {
  it('names the node while it connects', () => {
    expect(viewOf({ kind: 'connecting' }, 'rack4-node7')?.title).toBe('Connecting to rack4-node7');
  });

  it('says who uses the console and since when, with the day where it is not today', () => {
    const state: State = { kind: 'in-use', subject: 'bob', since: '2026-11-20T14:03:00', mayTakeOver: true };
    expect(viewOf(state, 'n', now)?.text).toMatch(/in use by bob since .*03.* \(12 minutes ago\)\./);
    expect(viewOf({ ...state, since: '2026-11-18T14:03:00' }, 'n', now)?.text).toMatch(
      /2026.*\(48 hours ago\)/,
    );
    expect(viewOf({ ...state, since: 'whenever' }, 'n', now)?.text).toContain('since whenever');
    expect(viewOf(state, 'n', now)?.title).toBe('n is in use');
    expect(viewOf(state, undefined, now)?.title).toBe('The server is in use');
  });

  it('puts the words of the server before those of the table', () => {
    expect(ended('TOKEN_EXPIRED', 'It ran out at noon.')?.text).toBe('It ran out at noon.');
    expect(ended('TOKEN_EXPIRED')?.text).toBe('The link has expired; ask for a new one.');
    expect(ended('TOKEN_EXPIRED')?.advice).toBeUndefined();
    expect(ended('TOKEN_EXPIRED', 'It ran out at noon.')?.advice).toContain('Ask for a new link');
    expect(ended('OF_A_LATER_VERSION')?.text).not.toBe('');
  });

  it('offers to reconnect only where it can help and something is left to try with', () => {
    const offers = (reason: string, left = true) =>
      ended(reason, undefined, left)?.actions.map(({ action }) => action);
    expect(offers('UPSTREAM_CLOSED')).toEqual(['reconnect']);
    expect(offers('UPSTREAM_CLOSED', false)).toEqual([]);
    expect(offers('SESSION_TAKEN_OVER')).toEqual(['reconnect']);
    expect(offers('TOKEN_REVOKED')).toEqual([]);
    expect(offers('BMC_AUTHENTICATION_FAILED')).toEqual([]);
    expect(offers('toString')).toEqual(['reconnect']);
  });

  it('says what to do where nothing can be tried any more', () => {
    expect(ended('UPSTREAM_CLOSED', undefined, false)?.advice).toContain('Ask for a new link');
    expect(ended('BMC_AUTHENTICATION_FAILED')?.advice).toContain('credentials');
  });
});
