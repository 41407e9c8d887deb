import { sameStyle } from '../terminal/cell-style.ts';
import { charsetFinal } from '../terminal/charset-flags.ts';
import type { OpenedCore, RawBuffer, RawStyle } from '../terminal/xterm-core.ts';

/** Everything about a terminal that anybody could ever see of it, as plain values to compare. */
export function describeScreen({ core, newCell }: OpenedCore) {
  const { buffers, coreService, coreMouseService, _charsetService, _inputHandler } = core;
  const cell = newCell();
  const bufferOf = (buffer: RawBuffer) => ({
    rows: Array.from({ length: buffer.lines.length }, (_, row) => {
      const line = buffer.lines.get(row)!;
      let afterWide = false;
      const cells = Array.from({ length: line.length }, (_, column) => {
        line.loadCell(column, cell);
        const isHalf = afterWide && cell.getChars() === '';
        afterWide = cell.getWidth() === 2;
        // The second half of a wide character looks the same where xterm.js has made an empty cell of it.
        if (isHalf) return '';
        // A second half alone, where characters were inserted between the two, is an empty cell.
        if (cell.getChars() === '') return ` ${styleOf(cell)}`;
        return `${cell.getChars()}${cell.getWidth() === 1 ? '' : cell.getWidth()}${styleOf(cell)}`;
      });
      return `${row > 0 && line.isWrapped ? '>' : ''}${cells.join('')}`.trimEnd();
    }),
    ybase: buffer.ybase,
    margins: [buffer.scrollTop, buffer.scrollBottom],
    tabs: Object.entries(buffer.tabs)
      .filter(([, set]) => set)
      .map(([column]) => Number(column))
      .filter((column) => column < core.cols),
    saved: [
      Math.min(buffer.savedX, core.cols - 1),
      Math.min(Math.max(buffer.savedY - buffer.ybase, 0), core.rows - 1),
      styleOf({ ...buffer.savedCurAttrData, extended: { underlineStyle: 0, underlineColor: 0 } }),
      charsetFinal(buffer.savedCharset),
    ],
  });
  const { x, y } = buffers.active;
  const { charset, glevel, _charsets } = _charsetService;
  // A set that was restored with the cursor of the other buffer, and is designated nowhere, cannot be brought back in this one.
  const reachable = charset === _charsets[glevel] || charset === buffers.active.savedCharset;
  return {
    normal: bufferOf(buffers.normal),
    alternate: buffers.active === buffers.alt ? bufferOf(buffers.alt) : 'not in use',
    cursor: [x, y, coreService.isCursorHidden, styleOf(_inputHandler._curAttrData)],
    modes: { ...coreService.decPrivateModes, synchronizedOutput: undefined, ...coreService.modes },
    mouse: [coreMouseService.activeProtocol, coreMouseService.activeEncoding],
    newLine: core.optionsService.rawOptions.convertEol,
    charset: [charsetFinal(reachable ? charset : _charsets[glevel]), glevel],
    charsets: [0, 1, 2, 3].map((level) => charsetFinal(_charsets[level])),
    joins: _inputHandler._parser.precedingJoinState,
    parser: _inputHandler._parser.currentState,
  };
}

const plain: RawStyle = { fg: 0, bg: 0, extended: { underlineStyle: 0, underlineColor: 0 } };

/** Nothing for a plain cell. Bit 28 of `bg` says only that something more is said elsewhere. */
function styleOf(style: RawStyle): string {
  if (sameStyle(style, plain)) return '';
  const { fg, bg, extended } = style;
  const underline = fg & 0x10000000 ? `_${extended.underlineStyle || 1}` : '';
  const colour = underline && extended.underlineColor ? `#${extended.underlineColor.toString(16)}` : '';
  return `{${visible(fg)},${visible(bg & ~0x10000000)}${underline}${colour}}`;
}

/** Colours of the palette leave bits of an older one behind, which nobody reads. */
function visible(attributes: number): string {
  const kind = attributes & 0x3000000;
  const unread = kind === 0x3000000 ? 0 : kind === 0 ? 0xffffff : 0xffff00;
  return ((attributes & ~unread) >>> 0).toString(16);
}
