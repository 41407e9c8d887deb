import { describe, expect, it } from 'vitest';
import { misbehaviours, parseMisbehaviour } from './misbehaviour.ts';

describe('parseMisbehaviour', () => {
  it('reads several words into one misbehaviour', () => {
    expect(parseMisbehaviour(['trickle=3/20', 'die-after=4000', 'exclusive'])).toEqual({
      trickle: { bytes: 3, delayMs: 20 },
      dieAfterBytes: 4000,
      exclusive: true,
    });
  });

  it('behaves when nothing is asked', () => {
    expect(parseMisbehaviour([])).toEqual({});
  });

  it('names what there is when a word is unknown', () => {
    expect(() => parseMisbehaviour(['explode'])).toThrow(/no misbehaviour "explode"; there is slow-banner=/);
  });

  it.each(['slow-banner', 'slow-banner=soon', 'trickle=0/5', 'trickle=5', 'exclusive=yes', 'odd-version=3'])(
    'says how "%s" should be written',
    (word) => {
      expect(() => parseMisbehaviour([word])).toThrow(/should be written/);
    },
  );

  it('has a name for each misbehaviour once', () => {
    const names = misbehaviours.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
