import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyDecoder } from './decode-keys.ts';

const names = (...pieces: string[]) => {
  const decoder = createKeyDecoder();
  const presses = [...pieces.flatMap((piece) => decoder.feed(piece)), ...decoder.flush()];
  return presses.map(
    ({ name, character, control, alt }) => `${control ? 'C-' : ''}${alt ? 'A-' : ''}${name ?? character}`,
  );
};

describe('the keys of a terminal', () => {
  it.each([
    ['\x1b[A\x1bOB\x1b[C\x1bOD', ['Up', 'Down', 'Right', 'Left']],
    ['\x1b[1~\x1b[F\x1b[3~', ['Home', 'End', 'Delete']],
    ['\x1bOP\x1b[[B\x1b[20~\x1b[24~', ['F1', 'F2', 'F9', 'F12']],
    ['\x1b!\x1b0', ['F11', 'F10']],
    ['\r\t\b\x7f', ['Enter', 'Tab', 'Backspace', 'Backspace']],
    ['\x03a\x04', ['C-c', 'a', 'C-d']],
    ['\x1bb', ['A-b']],
    ['\x1b\x1b[A', ['Escape', 'Up']],
    ['\x1b[200~paste\x1b[201~', ['p', 'a', 's', 't', 'e']],
    ['é😀', ['é', '😀']],
    ['\x00\x1c\x80', []],
  ])('reads %j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it('takes an escape that nothing follows for the key, and what it began for characters', () => {
    expect(names('\x1b')).toEqual(['Escape']);
    expect(names('\x1b[1')).toEqual(['Escape', '[', '1']);
  });

  it('gives up on a sequence that never ends', () => {
    expect(names(`\x1b[${'1'.repeat(40)}`).slice(0, 3)).toEqual(['Escape', '[', '1']);
  });

  it('reads the same in pieces of any size', () => {
    const text = fc
      .array(fc.constantFrom('\x1b', '[', 'A', 'O', '2', '~', ';', 'x', '\r', '\x03', '-'), { maxLength: 40 })
      .map((all) => all.join(''));
    fc.assert(fc.property(text, (all) => void expect(names(...all)).toEqual(names(all))));
  });
});
