import { describe, expect, it } from 'vitest';
import { longestText, strokesOf, typeText } from './type-text.ts';

describe('typing a text', () => {
  it('presses Shift around upper case and shifted signs of a US keyboard', async () => {
    const sent: [number, string | null, boolean][] = [];
    const typed = await typeText('aB!', {
      send: (keysym, code, down) => sent.push([keysym, code, down]),
      pauseMs: 1,
      signal: new AbortController().signal,
      wait: async () => {},
    });
    expect(typed).toBe(3);
    expect(sent).toEqual([
      [0x61, 'KeyA', true],
      [0x61, 'KeyA', false],
      [0xffe1, 'ShiftLeft', true],
      [0x42, 'KeyB', true],
      [0x42, 'KeyB', false],
      [0xffe1, 'ShiftLeft', false],
      [0xffe1, 'ShiftLeft', true],
      [0x21, 'Digit1', true],
      [0x21, 'Digit1', false],
      [0xffe1, 'ShiftLeft', false],
    ]);
  });

  it('turns line ends of every kind into one Enter and keeps tabs', () => {
    expect(strokesOf('a\r\nb\rc\n\t').map((stroke) => stroke.map(({ keysym }) => keysym))).toEqual([
      [0x61],
      [0xff0d],
      [0x62],
      [0xff0d],
      [0x63],
      [0xff0d],
      [0xff09],
    ]);
  });

  it('sends what a US keyboard lacks as its keysym, and drops control characters', () => {
    expect(strokesOf('é€😀\u0007\u0000').map((stroke) => stroke[0]?.keysym)).toEqual([
      0xe9, 0x010020ac, 0x0101f600,
    ]);
  });

  it('has a key for every printable ASCII character', () => {
    for (let code = 0x20; code < 0x7f; code += 1) {
      const stroke = strokesOf(String.fromCharCode(code))[0];
      expect(stroke?.at(-1)).toMatchObject({ keysym: code, code: expect.not.stringMatching('Unidentified') });
    }
  });

  it('stops between two characters when asked and says how far it came', async () => {
    const stop = new AbortController();
    const sent: number[] = [];
    const typed = await typeText('abcdef', {
      send: (keysym, _code, down) => down && sent.push(keysym),
      pauseMs: 1,
      signal: stop.signal,
      progress: (count) => count === 2 && stop.abort(),
      wait: async () => {},
    });
    expect(typed).toBe(2);
    expect(sent).toEqual([0x61, 0x62]);
  });

  it('is bounded', () => {
    expect(strokesOf('x'.repeat(longestText + 100))).toHaveLength(longestText);
  });
});
