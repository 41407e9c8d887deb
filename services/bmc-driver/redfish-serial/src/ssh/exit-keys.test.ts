import { describe, expect, it } from 'vitest';
import { readExitKeys, readHotKeyDisplay } from './exit-keys.ts';

describe('the hot key that Redfish tells people', () => {
  it.each([
    ['Press ~. to exit console', '~.', true],
    ['~.', '~.', true],
    ['Ctrl-\\', '\x1c', false],
    ['Press <CTRL>+\\ to exit', '\x1c', false],
    ['^]', '\x1d', false],
    ['Use "Ctrl-]" to leave the console', '\x1d', false],
    ['ESC (', '\x1b(', false],
    ["Type 'ESC (' to return to the CLI", '\x1b(', false],
    ['Press the Ctrl+Q key to exit', '\x11', false],
  ])('is understood: %s', (display, bytes, atLineStart) => {
    expect(readHotKeyDisplay(display)).toEqual({ bytes: Buffer.from(bytes, 'latin1'), atLineStart });
  });

  it.each([
    '',
    'See the manual',
    'Ctrl-E c .',
    '^Ec.',
    '~~.',
    'Ctrl-] then q',
    'Ctrl-A or Ctrl-B',
    'exit',
    'ESC',
    'Press Enter',
  ])('is left alone where it could mean something else: %s', (display) => {
    expect(readHotKeyDisplay(display)).toBeUndefined();
  });
});

describe('keys in caret notation', () => {
  it('are control characters behind a caret and themselves elsewhere', () => {
    expect(readExitKeys('^\\')?.bytes).toEqual(Buffer.from([0x1c]));
    expect(readExitKeys('^[(')?.bytes).toEqual(Buffer.from([0x1b, 0x28]));
    expect(readExitKeys('^Ec.')?.bytes).toEqual(Buffer.from([0x05, 0x63, 0x2e]));
    expect(readExitKeys('~.')).toEqual({ bytes: Buffer.from('~.'), atLineStart: true });
  });

  it('are none where a caret has nothing behind it', () => {
    expect(readExitKeys('a^')).toBeUndefined();
    expect(readExitKeys('^1')).toBeUndefined();
  });
});
