import type { Terminal } from '@xterm/xterm';

/** What xterm.js does not offer in public: a handler that may change the parameters of a sequence. */
interface Inside {
  readonly _core?: {
    registerCsiHandler?(
      id: { prefix?: string; final: string },
      handler: (sequence: { params: Int32Array }) => boolean,
    ): unknown;
  };
}

/**
 * Keeps the terminal alive when a line erases everything up to the last corner (`ESC [ 1 J`, ED): xterm.js 6.0.0 then looks for the row below,
 * throws where the line has not scrolled yet, and never writes again. Up to the last corner is everything.
 */
export function mendLastCorner(xterm: Terminal): void {
  const { _core: core } = xterm as unknown as Inside;
  for (const id of [{ final: 'J' }, { prefix: '?', final: 'J' }]) {
    core?.registerCsiHandler?.(id, ({ params }) => {
      const { cursorX, cursorY, length } = xterm.buffer.active;
      if (params[0] === 1 && cursorX + 1 >= xterm.cols && cursorY + 1 >= length) params[0] = 2;
      return false;
    });
  }
}
