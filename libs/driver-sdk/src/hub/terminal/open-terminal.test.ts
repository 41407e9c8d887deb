import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

describe('a picture of a terminal', () => {
  it('brings another terminal to the same state, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(lineNoise, fc.nat(), lineNoise, (first, at, more) => {
        const all = Buffer.concat([first, more]);
        const cut = at % (all.length + 1);
        using terminal = openTerminal(size, 20);
        terminal.feed(all.subarray(0, cut));
        const newcomer = screenAfter(...terminal.paint(), all.subarray(cut));
        expect(newcomer).toEqual(screenAfter(all));
      }),
      { numRuns: Number(process.env.RUNS ?? 300) },
    );
  });
});
