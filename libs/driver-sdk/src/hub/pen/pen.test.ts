import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askPen, claimPen, freePen, givePen, holderOf, leavePen, type Pen, takePen } from './pen.ts';

const held: Pen = { kind: 'held', by: 'ann', askers: [] };

describe('the pen', () => {
  it('goes to the first who claims it, and not to the second', () => {
    const { pen, notice } = claimPen(freePen, 'ann');
    expect(notice).toEqual({ change: 'claimed', holder: 'ann', previous: '', askedBy: '' });
    expect(claimPen(pen, 'bob')).toEqual({ pen });
  });

  it('stays with its holder when somebody asks, and everybody is told who asks', () => {
    const { pen, notice } = askPen(held, 'bob');
    expect(holderOf(pen)).toBe('ann');
    expect(notice).toEqual({ change: 'asked', holder: 'ann', previous: 'ann', askedBy: 'bob' });
    expect(askPen(pen, 'bob')).toEqual({ pen, notice });
  });

  it('is had at once by who asks while nobody holds it', () => {
    expect(askPen(freePen, 'bob').notice).toMatchObject({ change: 'claimed', holder: 'bob' });
  });

  it('is given by its holder alone', () => {
    expect(givePen(held, 'bob', 'carl')).toEqual({ pen: held });
    expect(givePen(held, 'ann', 'ann')).toEqual({ pen: held });
    const given = givePen(askPen(held, 'bob').pen, 'ann', 'carl');
    expect(given.notice).toEqual({ change: 'given', holder: 'carl', previous: 'ann', askedBy: 'bob' });
  });

  it('is taken by force, and the notice says from whom', () => {
    const taken = takePen(held, 'bob');
    expect(taken.notice).toEqual({ change: 'taken', holder: 'bob', previous: 'ann', askedBy: '' });
    expect(takePen(taken.pen, 'bob')).toEqual({ pen: taken.pen });
    expect(takePen(freePen, 'bob').notice?.change).toBe('claimed');
  });

  it('goes to who had asked first when its holder leaves, and is free when nobody had', () => {
    const asked = askPen(askPen(held, 'bob').pen, 'carl').pen;
    const left = leavePen(asked, 'ann');
    expect(left.notice).toEqual({ change: 'freed', holder: 'bob', previous: 'ann', askedBy: 'carl' });
    expect(leavePen(left.pen, 'carl')).toEqual({ pen: { kind: 'held', by: 'bob', askers: [] } });
    expect(leavePen(held, 'ann')).toEqual({
      pen: freePen,
      notice: { change: 'freed', holder: '', previous: 'ann', askedBy: '' },
    });
  });

  it('is always with one of those who are there, or free, whatever they wish', () => {
    const who = fc.constantFrom('ann', 'bob', 'carl');
    const wish = fc.record({
      who,
      whom: who,
      what: fc.constantFrom('claim', 'ask', 'give', 'take', 'leave'),
    });
    fc.assert(
      fc.property(fc.array(wish), (wishes) => {
        let pen = freePen;
        const present = new Set<string>();
        for (const { who, whom, what } of wishes) {
          const before = holderOf(pen);
          if (what === 'leave') present.delete(who);
          else present.add(who);
          const step =
            what === 'claim'
              ? claimPen(pen, who)
              : what === 'ask'
                ? askPen(pen, who)
                : what === 'take'
                  ? takePen(pen, who)
                  : what === 'leave'
                    ? leavePen(pen, who)
                    : present.has(whom)
                      ? givePen(pen, who, whom)
                      : { pen };
          pen = step.pen;
          const holder = holderOf(pen);
          expect(holder === '' || present.has(holder)).toBe(true);
          if (pen.kind === 'held') for (const asker of pen.askers) expect(present.has(asker)).toBe(true);
          if (pen.kind === 'held') expect(pen.askers).not.toContain(holder);
          // Nobody loses or gets it without being told.
          if (holder !== before) expect(step.notice).toMatchObject({ holder, previous: before });
        }
      }),
    );
  });
});
