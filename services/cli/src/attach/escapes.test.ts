import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createEscapes, type Step } from './escapes.ts';

/** Steps of what is typed in pieces: text as it is sent, wishes in brackets. */
function typed(mark: string | undefined, ...pieces: string[]): string {
  const read = createEscapes(mark);
  const shown = (step: Step) => ('wish' in step ? `[${step.wish}]` : step.send.toString('latin1'));
  return pieces.flatMap((piece) => read(Buffer.from(piece, 'latin1')).map(shown)).join('');
}

describe('escapes', () => {
  it.each([
    ['~.', '[quit]'],
    ['ls\r~B', 'ls\r[break]'],
    ['a~.\r~?', 'a~.\r[help]'],
    ['~~.\r', '~.\r'],
    ['~x', '~x'],
    ['~p~P~g~w', '[ask][take][give][who]'],
    ['\n~.', '\n[quit]'],
  ])('typed as %j are %j', (keys, steps) => {
    expect(typed('~', keys)).toBe(steps);
    expect(typed('~', ...keys)).toBe(steps);
  });

  it('are none where none are wanted, and begin with another character where that is wanted', () => {
    expect(typed(undefined, '~.')).toBe('~.');
    expect(typed('%', '~.\r%.')).toBe('~.\r[quit]');
  });

  property.prop([fc.array(fc.constantFrom('~', '.', 'B', '\r', 'a'), { maxLength: 30 }), fc.nat(30)])(
    'are the same however the keys come',
    (keys, cut) => {
      const text = keys.join('');
      expect(typed('~', text.slice(0, cut), text.slice(cut))).toBe(typed('~', text));
    },
  );
});
