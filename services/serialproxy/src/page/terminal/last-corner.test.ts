import { Terminal } from '@xterm/xterm';
import { expect, it } from 'vitest';
import { mendLastCorner } from './last-corner.ts';

it.each(['\x1b[1J', '\x1b[?1J'])(
  '%j in the last corner erases the screen, and the terminal goes on',
  async (erase) => {
    const xterm = new Terminal({ cols: 80, rows: 24, allowProposedApi: true, logLevel: 'off' });
    mendLastCorner(xterm);
    xterm.write(`gone\x1b[24;80H${erase}`);
    await new Promise<void>((written) => xterm.write('\x1b[Hhere', written));
    expect(xterm.buffer.active.getLine(0)?.translateToString(true)).toBe('here');
    xterm.dispose();
  },
);
