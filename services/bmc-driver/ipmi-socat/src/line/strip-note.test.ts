import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNoteStripper } from './strip-note.ts';

const note = Buffer.from('~B [note]\n');
const machine = fc
  .array(fc.constantFrom('~', 'B', ' ', '[', '~B', '~B [no', 'x', '\n'), { maxLength: 20 })
  .map((all) => all.join(''));

function strip(text: string, size: number, expected = 1) {
  const stripper = createNoteStripper(note);
  for (let i = 0; i < expected; i += 1) stripper.expect();
  let out = '';
  let found = 0;
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    const step = stripper.strip(bytes.subarray(at, at + size));
    out += step.bytes;
    found += step.found ? 1 : 0;
  }
  return { out: out + stripper.rest(), found };
}

it('takes the note out and nothing else, however the bytes are cut', () => {
  fc.assert(
    fc.property(machine, machine, fc.integer({ min: 1, max: 12 }), (before, after, size) => {
      fc.pre(!before.includes(note.toString()));
      expect(strip(before + note + after, size)).toEqual({ out: before + after, found: 1 });
    }),
  );
});

it('leaves a machine alone that says the same without being asked', () => {
  expect(strip(`a${note}b`, 1, 0)).toEqual({ out: `a${note}b`, found: 0 });
  expect(strip(`a${note}b${note}`, 3).out).toBe(`ab${note}`);
});

it('keeps nothing for itself when the line ends', () => {
  fc.assert(
    fc.property(machine, fc.integer({ min: 1, max: 5 }), (text, size) => {
      fc.pre(!text.includes(note.toString()));
      expect(strip(text, size).out).toBe(text);
    }),
  );
});
