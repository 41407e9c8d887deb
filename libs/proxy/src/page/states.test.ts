import { errorTable } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { titles } from './reasons.ts';
import { type State, viewOf } from './states.ts';

const now = new Date('2026-11-20T14:15:00');

function ended(reason: string, message?: string, hasCredential = true, wasOpen = true) {
  return viewOf({ kind: 'ended', reason, message, hasCredential, wasOpen }, 'rack4-node7', now);
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

  it('has a title of its own for every reason that a session can end with or a machine can give', () => {
    const reasons = Object.entries(errorTable).filter(
      ([reason, row]) => 'close' in row || reason.startsWith('BMC_'),
    );
    expect(reasons.length).toBeGreaterThan(50);
    const general = ['was closed', 'could not be opened'].map((end) => `The console ${end}`);
    for (const [reason] of reasons) {
      for (const wasOpen of [true, false]) {
        expect(general, reason).not.toContain(ended(reason, undefined, true, wasOpen)?.title);
      }
    }
    expect(Object.keys(titles).filter((reason) => !Object.hasOwn(errorTable, reason))).toEqual([]);
  });

  it('says that a console was closed only where it was open', () => {
    const says = (reason: string, wasOpen: boolean) => ended(reason, undefined, true, wasOpen)!;
    expect(says('OF_A_LATER_VERSION', true).title).toBe('The console was closed');
    expect(says('OF_A_LATER_VERSION', false).title).toBe('The console could not be opened');
    expect(says('OF_A_LATER_VERSION', false).text).not.toMatch(/closed/);
    expect(says('CONSOLE_DISABLED', false).title).toBe('The console is disabled');
    expect(says('BMC_REFUSED', true).actions[0]?.label).toBe('Reconnect');
    expect(says('BMC_REFUSED', false).actions[0]?.label).toBe('Try again');
    for (const reason of Object.keys(titles).filter((one) => one !== 'SESSION_IDLE')) {
      expect(says(reason, false).title, reason).not.toMatch(/console was closed|closed the console/);
    }
  });

  it('says of an ended session that its link stays good', () => {
    expect(ended('SESSION_TERMINATED')?.advice).toContain('The same link opens the console again');
    expect(ended('SESSION_TERMINATED')?.actions.map(({ action }) => action)).toEqual(['reconnect']);
    expect(ended('SESSION_TERMINATED', undefined, false)?.advice).toContain('The same link');
  });

  it('says what to do where nothing can be tried any more', () => {
    expect(ended('UPSTREAM_CLOSED', undefined, false)?.advice).toContain('Ask for a new link');
    expect(ended('BMC_AUTHENTICATION_FAILED')?.advice).toContain('credentials');
  });
});
