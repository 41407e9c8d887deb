import { describe, expect, it } from 'vitest';
import {
  idracVncMisbehaviours,
  idracVncMisbehaviourTable,
  parseIdracVncMisbehaviour,
} from './misbehaviour.ts';

describe('parseIdracVncMisbehaviour', () => {
  it('reads several words into one misbehaviour', () => {
    expect(
      parseIdracVncMisbehaviour([
        'no-32-bit=garble',
        'wedge=3',
        'lockout=5/600',
        'late=2500',
        'die-after=90',
      ]),
    ).toEqual({
      no32Bit: 'garble',
      wedgeAfter: 3,
      lockout: { failures: 5, seconds: 600 },
      lateMs: 2500,
      dieAfterBytes: 90,
    });
  });

  it('takes the ordinary form of those whose value may be left out', () => {
    expect(parseIdracVncMisbehaviour(['no-32-bit', 'hang-up-on-key', 'wedge'])).toEqual({
      no32Bit: 'hang-up',
      hangUpOnKey: 'any',
      wedgeAfter: 0,
    });
  });

  it('names what there is when a word is unknown', () => {
    expect(() => parseIdracVncMisbehaviour(['explode'])).toThrow(/there is no-32-bit=<hang-up or garble/);
  });

  it.each([
    'no-32-bit=maybe',
    'lockout=0/5',
    'late',
    'late=soon',
    'never-up=yes',
    'wedge=-1',
    'hang-up-on-key=a',
  ])('says how "%s" should be written', (word) => {
    expect(() => parseIdracVncMisbehaviour([word])).toThrow(/should be written/);
  });

  it('has a name and a line of the table for each misbehaviour once', () => {
    const names = idracVncMisbehaviours.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('garbage-banner');
    for (const name of names) expect(idracVncMisbehaviourTable()).toContain(`| \`${name}`);
  });
});
