import type { Opened } from '@consolemesh/proxy/page';
import { describe, expect, it } from 'vitest';
import { happen, holdsPen, mayType, type Presence, presenceOf, writer } from './presence.ts';

const person = (session: string, subject: string, pen = false, role: 'control' | 'view' = 'control') => ({
  ...{ session, subject, role, pen },
});

function there(writing: 'me' | 'you' | 'nobody' = 'you', role: 'control' | 'view' = 'control'): Presence {
  const viewers = [person('me', 'alice', writing === 'me', role), person('you', 'bob', writing === 'you')];
  return presenceOf({ session: 'me', role, viewers, size: { columns: 80, rows: 24 } } as unknown as Opened);
}

const pen = (change: string, holder: string | undefined, by?: string) =>
  ({ type: 'pen', change, holder, by }) as const;

describe('presence', () => {
  it('says who may type: the writer, and anybody who may control while nobody writes', () => {
    expect(mayType(there('me'))).toBe(true);
    expect(mayType(there('you'))).toBe(false);
    expect(mayType(there('nobody'))).toBe(true);
    expect(mayType(there('nobody', 'view'))).toBe(false);
    expect(holdsPen(there('nobody'))).toBe(false);
  });

  it.each([
    ['taken from us', 'me', pen('taken', 'you', 'you'), 'bob has taken over writing.'],
    ['taken by us', 'you', pen('taken', 'me', 'me'), 'You write now.'],
    ['given to us', 'you', pen('given', 'me', 'you'), 'bob lets you write.'],
    ['given by us', 'me', pen('given', 'you', 'me'), 'bob writes now.'],
    ['inherited', 'you', pen('released', 'me', 'you'), 'You write now.'],
    [
      'left to nobody',
      'you',
      pen('released', undefined, 'you'),
      'Nobody writes now; whoever types first does.',
    ],
    ['claimed by typing', 'nobody', pen('claimed', 'me', 'me'), undefined],
    ['claimed by somebody else', 'nobody', pen('claimed', 'you', 'you'), 'bob writes now.'],
  ] as const)('tells of the pen that is %s', (_what, writing, event, says) => {
    const change = happen(there(writing), event);
    expect(change.says).toBe(says);
    expect(writer(change.now)?.session).toBe(event.holder);
  });

  it('gathers who asks for our pen, once each, until it moves or they leave', () => {
    let { now } = happen(there('me'), pen('asked', 'me', 'you'));
    now = happen(now, pen('asked', 'me', 'you')).now;
    expect(now.asking).toEqual(['you']);
    expect(happen(now, { type: 'left', session: 'you' }).now.asking).toEqual([]);
    expect(happen(now, pen('given', 'you', 'me')).now.asking).toEqual([]);
    expect(happen(there('you'), pen('asked', 'you', 'me'))).toMatchObject({ says: 'bob was asked.' });
  });

  it('tells who comes and goes, but not of a tab that came back', () => {
    const carol = person('third', 'carol', false, 'view');
    const { now, says } = happen(there(), { type: 'joined', viewer: carol });
    expect(says).toBe('carol is watching now.');
    expect(now.viewers).toHaveLength(3);
    expect(happen(now, { type: 'joined', viewer: carol })).toEqual({ now });
    expect(happen(now, { type: 'left', session: 'third' }).says).toBe('carol has left.');
    expect(happen(now, { type: 'left', session: 'nobody' }).says).toBeUndefined();
  });

  it('keeps why the machine is lost, until it is back', () => {
    const lost = { type: 'upstream', state: 'lost', reason: 'BMC_TIMEOUT', message: 'No answer.' } as const;
    const back = { type: 'upstream', state: 'restored', reason: undefined, message: undefined } as const;
    const { now } = happen(there(), lost);
    expect(now.lost).toBe('No answer.');
    expect(happen(now, back)).toMatchObject({
      now: { lost: undefined },
      says: expect.stringContaining('back'),
    });
    expect(happen(there(), back).says).toBeUndefined();
  });
});
