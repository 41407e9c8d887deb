import { describe, expect, it } from 'vitest';
import { bufferText } from './buffer-text.ts';

function buffer(...rows: readonly [string, boolean?][]) {
  return {
    length: rows.length,
    getLine: (at: number) => {
      const [text, isWrapped = false] = rows[at] ?? [];
      if (text === undefined) return undefined;
      return { isWrapped, translateToString: (trim: boolean) => (trim ? text.trimEnd() : text) };
    },
  };
}

describe('the text of a terminal', () => {
  it('joins what was wrapped and leaves blanks at the ends out', () => {
    expect(bufferText(buffer(['login:   '], ['a long '], ['line   ', true], ['end'], ['   '], ['']))).toBe(
      'login:\na long line\nend\n',
    );
  });

  it('is one line feed when there is nothing', () => {
    expect(bufferText(buffer(['  '], ['']))).toBe('\n');
  });
});
