import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createLineReader } from './strip-escapes.ts';

/** Lines of bytes that come in pieces. */
function linesOf(...pieces: (string | Uint8Array)[]): string[] {
  const reader = createLineReader();
  const lines = pieces.flatMap((piece) => [...reader.push(Buffer.from(piece as string), 1)]);
  return [...lines, ...reader.end()].map(({ text }) => text);
}

describe('lines of a terminal', () => {
  it.each([
    ['colours', '\x1b[1;31mFAIL\x1b[0m ok\r\n', ['FAIL ok']],
    ['titles and other strings', '\x1b]0;title\x07a\x1b]2;t\x1b\\b\x1bPq#1\x1b\\c\r\n', ['abc']],
    ['character sets and keypad modes', '\x1b(Ba\x1b)0b\x1b=c\x1b7d\r\n', ['abcd']],
    ['back-spaces', 'lss\b\r\n', ['ls']],
    ['progress bars', '10%\r20%\r\n', ['10%', '20%']],
    ['screens that are painted', '\x1b[2J\x1b[3;1HBoot\x1b[4;10HSetup\x1b[5Cx', ['Boot', 'Setup     x']],
    ['empty lines and bells', '\r\n\n\x07\r\n  \r\nend', ['end']],
    ['8-bit controls', '\u009b31mred\u009b0m', ['red']],
  ])('come without %s', (_, bytes, lines) => {
    expect(linesOf(bytes)).toEqual(lines);
  });

  it('have the time of their first character', () => {
    const reader = createLineReader();
    expect([...reader.push(Buffer.from('\x1b[1m'), 1), ...reader.push(Buffer.from('lo'), 2)]).toEqual([]);
    expect([...reader.push(Buffer.from('gin:\nnext'), 3)]).toEqual([{ at: 2, text: 'login:' }]);
    expect([...reader.end()]).toEqual([{ at: 3, text: 'next' }]);
  });

  property.prop([fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 7 })])(
    'are the same however the bytes are cut, and hold nothing that a terminal obeys',
    (bytes, size) => {
      const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const lines = linesOf(...cut);
      expect(lines).toEqual(linesOf(bytes));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      for (const line of lines) expect(line).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
    },
  );

  it('are bounded, also inside of a sequence that never ends', () => {
    expect(linesOf('x'.repeat(10_000)).map(({ length }) => length)).toEqual([4096, 4096, 1808]);
    expect(linesOf(`\x1b[${'1;'.repeat(50_000)}`, 'm', 'ok')).toEqual(['ok']);
  });
});
