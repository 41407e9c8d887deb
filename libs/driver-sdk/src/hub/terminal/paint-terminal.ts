import { plainStyle, selectStyle } from './cell-style.ts';
import { charsetFinal } from './charset-flags.ts';
import { charsOf, paintRows } from './paint-rows.ts';
import type { OpenedCore, RawBuffer, RawCell, XtermCore } from './xterm-core.ts';

/** Resets a terminal of any state: RIS (ECMA-48 8.3.105), and what RIS leaves as it is in xterm.js, LNM and a hidden cursor. */
const reset = '\x1bc\x1b[20l\x1b[?25h';
/** Introducers of G0 to G3, and what shifts each of them into use: SI, SO, LS2, LS3. */
const designations = ['(', ')', '*', '+'];
const shifts = ['\x0f', '\x0e', '\x1bn', '\x1bo'];

/**
 * A terminal's whole state as text, piece by piece: written to any xterm.js of the same size it makes that terminal the same, and ready for
 * the next byte. Scrollback, wrapped rows, both buffers, styles, margins, tab stops, saved cursors, character sets, modes, the cursor, and a
 * wrap or a combining mark that the next character may bring. The terminal must not change between the pieces.
 * @param scrollback most rows above the screen
 */
export function* paintTerminal({ core, newCell }: OpenedCore, scrollback: number): Generator<string> {
  const { normal, alt, active } = core.buffers;
  const cell = newCell();
  yield reset;
  const { fg, bg } = alt.savedCurAttrData;
  if (active !== alt && (alt.savedX | alt.savedY | fg | bg || alt.savedCharset)) {
    yield `\x1b[?47h${paintSaved(alt, core)}\x1b[?47l\x1b[H`;
  }
  yield* paintBuffer(normal, Math.max(0, normal.ybase - scrollback), core, cell);
  if (active === alt) {
    yield `${selectStyle(plainStyle)}\x1b[?47h\x1b[H`;
    yield* paintBuffer(alt, 0, core, cell);
  }
  yield paintModes(core);
  yield paintCursor(core, cell);
}

function* paintBuffer(buffer: RawBuffer, from: number, core: XtermCore, cell: RawCell): Generator<string> {
  yield* paintRows(buffer, from, buffer.ybase + core.rows, cell);
  yield paintTabs(buffer, core.cols) + paintSaved(buffer, core) + paintMargins(buffer, core.rows);
}

/** Tabulation clear (TBC) and set (HTS), unless there is one in every eighth column. */
function paintTabs({ tabs }: RawBuffer, columns: number): string {
  const all = Array.from({ length: columns }, (_, column) => column);
  if (all.every((column) => (tabs[column] === true) === (column % 8 === 0))) return '';
  const stops = all.filter((column) => tabs[column] === true);
  return `\x1b[3g${stops.map((column) => `\x1b[${column + 1}G\x1bH`).join('')}`;
}

/** DECSC with the cursor, the style and the set of characters that were saved. */
function paintSaved(buffer: RawBuffer, { rows, cols }: XtermCore): string {
  const row = Math.min(Math.max(buffer.savedY - buffer.ybase, 0), rows - 1);
  const column = Math.min(buffer.savedX, cols - 1);
  const { savedCurAttrData: style, savedCharset } = buffer;
  // Always: this saves over what painting may have left, and a saved row is where it is only once the screen has scrolled.
  const shifted = savedCharset ? `\x1b(${charsetFinal(savedCharset)}` : '';
  const back = savedCharset ? '\x1b(B' : '';
  const saved = { ...style, extended: plainStyle.extended };
  return `${selectStyle(saved)}${shifted}\x1b[${row + 1};${column + 1}H\x1b7${back}${selectStyle(plainStyle)}`;
}

/** DECSTBM, unless the margins are those of the screen. */
function paintMargins({ scrollTop, scrollBottom }: RawBuffer, rows: number): string {
  return scrollTop === 0 && scrollBottom === rows - 1 ? '' : `\x1b[${scrollTop + 1};${scrollBottom + 1}r`;
}

const restoreCursor = '\x1b8';
const mouseProtocols: Readonly<Record<string, number>> = { X10: 9, VT200: 1000, DRAG: 1002, ANY: 1003 };
const mouseEncodings: Readonly<Record<string, number>> = { SGR: 1006, SGR_PIXELS: 1016 };
const cursorStyles = { block: 1, underline: 3, bar: 5 } as const;

/** Set Mode and DECSET of what is not as after a reset; insert mode comes later, since painting has to overwrite. */
function paintModes({ coreService, coreMouseService, optionsService }: XtermCore): string {
  const { decPrivateModes: modes } = coreService;
  const mouse = mouseProtocols[coreMouseService.activeProtocol];
  const encoding = mouseEncodings[coreMouseService.activeEncoding];
  const wanted: readonly (readonly [boolean, string])[] = [
    [modes.applicationCursorKeys, '?1h'],
    [modes.applicationKeypad, '?66h'],
    [modes.bracketedPasteMode, '?2004h'],
    [modes.sendFocus, '?1004h'],
    [modes.reverseWraparound, '?45h'],
    [mouse !== undefined, `?${mouse}h`],
    [encoding !== undefined, `?${encoding}h`],
    [coreService.isCursorHidden, '?25l'],
    [!modes.wraparound, '?7l'],
    [modes.origin, '?6h'],
    [optionsService.rawOptions.convertEol, '20h'],
  ];
  const style =
    modes.cursorStyle && `\x1b[${cursorStyles[modes.cursorStyle] + (modes.cursorBlink ? 0 : 1)} q`;
  const set = wanted.filter(([is]) => is).map(([, mode]) => `\x1b[${mode}`);
  return `${set.join('')}${style ?? ''}`;
}

/**
 * The cursor, its style, the sets of characters, and the character printed last where the next one depends on it: at the edge, where that
 * one wraps, and after printing, where a combining mark joins it and REP repeats it.
 */
function paintCursor(core: XtermCore, cell: RawCell): string {
  const { active } = core.buffers;
  const { _curAttrData: style, _parser: parser } = core._inputHandler;
  const printed = parser.precedingJoinState !== 0;
  const atEdge = active.x >= core.cols;
  const charsets = paintCharsets(core);
  if (!printed && !atEdge) {
    return `${charsets}${moveCursor(core, active.x)}${insertMode(core)}${selectStyle(style)}`;
  }
  const start = lastPrinted(active, cell);
  const chars = charsOf(cell);
  const at = moveCursor(core, start);
  if (!printed) {
    const again = `${at}${selectStyle(cell)}${chars}`;
    // DECRC moves the cursor, the others could replace what is printed.
    const edge = charsets.endsWith(restoreCursor) ? charsets + again : again + charsets;
    // A mark that joins nothing, after the last column, moves the cursor one further.
    const beyond = active.x > core.cols ? mark : '';
    return `${edge}${insertMode(core)}${selectStyle(style)}${beyond}`;
  }
  if (wasDropped(core, parser.precedingJoinState, cell.getWidth() === 2 ? start + 2 : undefined)) {
    // Printed right behind it, it leaves one of two columns as it is; printed from the last column on, it would erase that.
    const before = cell.getWidth() === 2 ? `${at}${selectStyle(cell)}${chars}` : moveCursor(core, active.x);
    return `${charsets}${before}${insertMode(core)}${selectStyle(style)}${wide}`;
  }
  // Printing inserts: what is printed again has to be taken away first.
  const room = core.coreService.modes.insertMode ? `\x1b[4h\x1b[${active.x - start}P` : '';
  return `${charsets}${at}${room}${selectStyle(style)}${chars}`;
}

/** Of no width, and of two columns. */
const [mark, wide] = ['\u0301', '\u4e16'];

/**
 * Whether the character that was printed last is not there: without autowrap one of two columns finds no room in the last. xterm.js keeps its
 * width in bits 1 and 2 of the join state (UnicodeService.extractWidth). `end`: column behind the
 * character before the cursor where that takes two.
 */
function wasDropped(
  { buffers, cols, coreService }: XtermCore,
  joinState: number,
  end: number | undefined,
): boolean {
  const { x } = buffers.active;
  return (
    !coreService.decPrivateModes.wraparound && ((joinState >> 1) & 3) === 2 && x === cols - 1 && end !== x
  );
}

const insertMode = ({ coreService }: XtermCore) => (coreService.modes.insertMode ? '\x1b[4h' : '');

/** Column of the cell before the cursor, which is read into `cell`. */
function lastPrinted(buffer: RawBuffer, cell: RawCell): number {
  const line = buffer.lines.get(buffer.ybase + buffer.y)!;
  const before = Math.max(Math.min(buffer.x, line.length) - 1, 0);
  line.loadCell(before, cell);
  if (cell.getChars() !== '' || before === 0) return before;
  const isHalf = cell.getWidth() === 0;
  line.loadCell(before - 1, cell);
  if (isHalf || cell.getWidth() === 2) return before - 1;
  line.loadCell(before, cell);
  return before;
}

/** Cursor Position (CUP); with origin mode it counts from the upper margin. */
function moveCursor({ buffers, coreService }: XtermCore, column: number): string {
  const { y, scrollTop, scrollBottom } = buffers.active;
  const { origin } = coreService.decPrivateModes;
  const to = (row: number) => `\x1b[${row + 1};${column + 1}H`;
  // In origin mode a cursor is outside the margins only when it was there in the alternate buffer, which had others.
  if (origin && (y < scrollTop || y > scrollBottom) && buffers.active === buffers.normal) {
    return `\x1b[?47h${to(y)}\x1b[?47l`;
  }
  return to(origin ? Math.max(y - scrollTop, 0) : y);
}

/** G0 to G3 and which of them is in use; after DECRC it may be another one still. */
function paintCharsets({ _charsetService, buffers }: XtermCore): string {
  const { charset, glevel, _charsets } = _charsetService;
  const designated = designations.map((intermediate, level) =>
    _charsets[level] ? `\x1b${intermediate}${charsetFinal(_charsets[level])}` : '',
  );
  const shift = glevel === 0 ? '' : (shifts[glevel] ?? '');
  const restore =
    charset !== _charsets[glevel] && charset === buffers.active.savedCharset ? restoreCursor : '';
  return `${designated.join('')}${shift}${restore}`;
}
