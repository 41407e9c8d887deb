import { describe, expect, it } from 'vitest';
import { createReader } from './reader.ts';

/** What a reader makes of pieces that come one after the other. */
function read(...pieces: string[]) {
  let told = 0;
  const reader = createReader(() => {
    told += 1;
  });
  for (const piece of pieces) reader.read(piece);
  return { told, last: reader.last(), end: reader.end(), mistakes: reader.mistakes, reader };
}

const conversation =
  '\x1bc\x1b[20l\x1b[?25h\x1b[1;32mada@node\x1b[0m:~$ echo heard  000001;\r\nheard 000001;\r\n$ echo heard  000002;\r\nheard 000002;\r\n$ ';

describe('the reader of a console', () => {
  it('hears the answers of the machine, and not the echo of what is typed', () => {
    expect(read(conversation)).toMatchObject({ told: 2, last: 2, mistakes: [] });
    expect(read(...conversation)).toMatchObject({ told: 2, last: 2, mistakes: [], end: '\r\n$ ' });
  });

  it('notices what comes twice, and what comes too early', () => {
    expect(read('heard 000002;\r\nheard 000002;\r\n').mistakes).toEqual(['2 after 2']);
    expect(read('heard 000003;\r\n', 'heard 000002;\r\n').mistakes).toEqual(['2 after 3']);
  });

  it('does not mind a line that is lost, or cut', () => {
    expect(read('heard 000001;\r\nheard 0000\r\nheard 000004;\r\n')).toMatchObject({ last: 4, mistakes: [] });
  });

  it('takes a screen that is painted anew for a picture of what was', () => {
    const { reader } = read(conversation, conversation);
    expect(reader.mistakes).toEqual([]);
    reader.begin();
    reader.read(`heard 000002;\r\nheard 000003;\r\n`);
    expect([reader.mistakes, reader.last()]).toEqual([[], 3]);
  });
});
