import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBeyondPictures } from '../testing/beyond-pictures.ts';
import { describeScreen } from '../testing/describe-screen.ts';
import { lineNoise } from '../testing/line-noise.ts';
import { openTerminal } from './open-terminal.ts';
import { openCore } from './xterm-core.ts';

const size = { columns: 20, rows: 6 };

function screenAfter(...bytes: Buffer[]) {
  using opened = openCore(size.columns, size.rows, 20);
  opened.core._inputHandler.parse(Buffer.concat(bytes));
  return describeScreen(opened);
}

const runs = { numRuns: Number(process.env.RUNS ?? 200) };

describe('a picture of a terminal', () => {
  it('brings another terminal to the same state, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(lineNoise, fc.nat(), lineNoise, (first, at, more) => {
        const all = Buffer.concat([first, more]);
        fc.pre(!isBeyondPictures({ ...size, scrollback: 20 }, all));
        const cut = at % (all.length + 1);
        using terminal = openTerminal(size, 20);
        terminal.feed(all.subarray(0, cut));
        const newcomer = screenAfter(...terminal.paint(), all.subarray(cut));
        expect(newcomer).toEqual(screenAfter(all));
      }),
      runs,
    );
  });

  it('obeys a control in the middle of a sequence once, wherever it is cut', () => {
    const all = Buffer.from('ab\x1b[3\n1mcd\x1b(\r0qe');
    for (let cut = 0; cut <= all.length; cut += 1) {
      using terminal = openTerminal(size, 20);
      terminal.feed(all.subarray(0, cut));
      expect(screenAfter(...terminal.paint(), all.subarray(cut))).toEqual(screenAfter(all));
    }
  });

  it.each([
    ['a wide character that found no room without autowrap', '\x1b[?7l\x1b[14C你好世', '界'],
    ['the same in a style', '\x1b[?7l\x1b[7m\x1b[14C你好世', '界\x1b[4D'],
    ['one that found none behind a narrow one', '\x1b[?7l\x1b[19Ca', '\x1b[20G界'],
    [
      'a row that continues one which has left the screen',
      `\x1b[?1049h${'a'.repeat(25)}\x1b[S`,
      '\x1b[H\x1b[L',
    ],
    ['a cursor outside the margins in origin mode', '\x1b[2;4r\x1b[?47h', '\x1b[?6h\x1b[?47l'],
    ['a second half alone, coloured', '\x1b[44m\x1b[16C你好', '\x1b[18G\x1b[@'],
    ['a mark after the last column that joins nothing', `${'a'.repeat(20)}\x1b[?1h`, '\u{e0100}'],
    ['the same without autowrap', `\x1b[?7l${'a'.repeat(25)}\x1b[?1h`, '\u{e0100}'],
  ])('knows of %s', (_, before, last) => {
    for (const more of ['', 'x', '\u0301', '界', '\x1b[b', '\x1b[D!']) {
      using terminal = openTerminal(size, 20);
      terminal.feed(Buffer.from(before));
      terminal.feed(Buffer.from(last));
      const seen = [...terminal.paint()];
      expect(screenAfter(...seen, Buffer.from(more))).toEqual(screenAfter(Buffer.from(before + last + more)));
    }
  });

  it('is not lost to a sequence that xterm.js stumbles over: erasing up to the cursor in the last corner', () => {
    for (const erase of ['\x1b[1J', '\x1b[?1J']) {
      using terminal = openTerminal(size, 20);
      terminal.feed(Buffer.from(`gone\x1b[6;20H${erase}\x1b[Hstays`));
      expect(screenAfter(...terminal.paint()).normal.rows).toEqual(['stays', '', '', '', '', '']);
    }
  });

  it('does so whatever that terminal has shown before, and in the middle of what', () => {
    fc.assert(
      fc.property(lineNoise, lineNoise, (said, before) => {
        fc.pre(!isBeyondPictures({ ...size, scrollback: 20 }, said));
        using terminal = openTerminal(size, 20);
        terminal.feed(said);
        expect(screenAfter(before, ...terminal.paint())).toEqual(screenAfter(said));
      }),
      runs,
    );
  });

  it('is the same when the bytes came one at a time', () => {
    fc.assert(
      fc.property(lineNoise, (all) => {
        fc.pre(!isBeyondPictures({ ...size, scrollback: 20 }, all));
        using terminal = openTerminal(size, 20);
        for (const byte of all) terminal.feed(Buffer.of(byte));
        expect(screenAfter(...terminal.paint())).toEqual(screenAfter(all));
      }),
      runs,
    );
  });

  it('is the same after the terminal was made anew from its own pictures', () => {
    fc.assert(
      fc.property(fc.array(lineNoise, { maxLength: 4 }), (pieces) => {
        fc.pre(!isBeyondPictures({ ...size, scrollback: 20 }, ...pieces));
        using terminal = openTerminal(size, 20, 1);
        for (const piece of pieces) terminal.feed(piece);
        expect(screenAfter(...terminal.paint())).toEqual(screenAfter(...pieces));
      }),
      runs,
    );
  });

  it('shows less of the scrollback when it is told to', () => {
    using terminal = openTerminal(size, 20);
    terminal.feed(Buffer.from(Array.from({ length: 15 }, (_, row) => `row ${row}.`).join('\r\n')));
    expect(screenAfter(...terminal.paint(2)).normal.rows).toEqual(
      [7, 8, 9, 10, 11, 12, 13, 14].map((row) => `row ${row}.`),
    );
  });
});

describe('a terminal that nobody looks at', () => {
  it('bears to be told to repeat a character two thousand million times', () => {
    using terminal = openTerminal(size, 20);
    terminal.feed(Buffer.from('before\r\nx\x1b[2147483647b'));
    const { rows } = screenAfter(...terminal.paint()).normal;
    expect([rows[0], rows[1]]).toEqual(['before', 'x'.repeat(20)]);
  });

  it('keeps no title, however long, and no more than a few of the marks on one character', () => {
    using terminal = openTerminal(size, 20);
    for (let i = 0; i < 100; i += 1) {
      terminal.feed(Buffer.from(`\x1b]2;${'t'.repeat(10_000)}\x07\x1b[22t`));
    }
    terminal.feed(Buffer.from(`e${'\u0301'.repeat(10_000)}`));
    expect(Buffer.concat([...terminal.paint()]).length).toBeLessThan(500);
  });
});
