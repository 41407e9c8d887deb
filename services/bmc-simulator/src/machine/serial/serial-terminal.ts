import type { Terminal } from '../shell/terminal.ts';
import type { SerialOutput } from './serial-output.ts';

/** A terminal at the far end of the serial line, of which nothing is known but that it understands ECMA-48. */
export function createSerialTerminal({ print }: Pick<SerialOutput, 'print'>): Terminal {
  let shown = '';
  let at = 0;
  return {
    name: 'ttyS0',
    rows: Number.POSITIVE_INFINITY,
    longestLine: 4095,
    print,
    clear: () => print('\x1b[H\x1b[2J'),
    beginLine() {
      shown = '';
      at = 0;
    },
    drawLine(text, cursor) {
      let same = 0;
      while (same < text.length && same < shown.length && text[same] === shown[same]) same++;
      const toChange = at > same ? '\b'.repeat(at - same) : shown.slice(at, same);
      const erase = shown.length > text.length ? '\x1b[K' : '';
      print(`${toChange}${text.slice(same)}${erase}${'\b'.repeat(text.length - cursor)}`);
      shown = text;
      at = cursor;
    },
  };
}
