import headless from '@xterm/headless';

/** Raw attributes of a cell or of the cursor, in the layout of @xterm/headless `buffer/Constants.ts`. */
export interface RawStyle {
  /** Bits 0-23 colour, 24-25 its kind, 26-31 inverse, bold, underline, blink, invisible, struck out. */
  readonly fg: number;
  /** Bits 0-23 colour, 24-25 its kind, 26-30 italic, dim, has-extended, protected, overline. */
  readonly bg: number;
  readonly extended: { readonly underlineStyle: number; readonly underlineColor: number };
}

/** A cell that is read into again and again. */
export interface RawCell extends RawStyle {
  getWidth(): number;
  getChars(): string;
}

export interface RawLine {
  readonly length: number;
  readonly isWrapped: boolean;
  loadCell(column: number, into: RawCell): RawCell;
}

/** A table of replaced characters; identity is all that counts here. */
export type Charset = object | undefined;

export interface RawBuffer {
  readonly lines: { readonly length: number; get(row: number): RawLine | undefined };
  /** Line number of the screen's first row. */
  readonly ybase: number;
  /** `x` equals the width while a wrap is pending. */
  readonly x: number;
  readonly y: number;
  readonly scrollTop: number;
  readonly scrollBottom: number;
  readonly tabs: Readonly<Record<number, boolean | undefined>>;
  readonly savedX: number;
  readonly savedY: number;
  readonly savedCurAttrData: RawStyle;
  readonly savedCharset: Charset;
}

/**
 * What the painter has to know of a terminal and what @xterm/headless does not offer in public: margins, tab stops, saved cursors, character
 * sets, the parser's state. The version is pinned exactly; `openCore` fails at once when a newer one looks different.
 */
export interface XtermCore {
  readonly cols: number;
  readonly rows: number;
  readonly buffers: { readonly normal: RawBuffer; readonly alt: RawBuffer; readonly active: RawBuffer };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly modes: { readonly insertMode: boolean };
    readonly decPrivateModes: {
      readonly applicationCursorKeys: boolean;
      readonly applicationKeypad: boolean;
      readonly bracketedPasteMode: boolean;
      readonly cursorBlink: boolean | undefined;
      readonly cursorStyle: 'block' | 'underline' | 'bar' | undefined;
      readonly origin: boolean;
      readonly reverseWraparound: boolean;
      readonly sendFocus: boolean;
      readonly wraparound: boolean;
    };
  };
  readonly coreMouseService: { readonly activeProtocol: string; readonly activeEncoding: string };
  readonly optionsService: { readonly rawOptions: { convertEol: boolean } };
  readonly _charsetService: {
    readonly charset: Charset;
    readonly glevel: number;
    readonly _charsets: readonly Charset[];
  };
  readonly _inputHandler: {
    readonly _curAttrData: RawStyle;
    readonly _parser: {
      /** 0 is ground. */
      readonly currentState: number;
      /** Of the character printed last; 0 after anything but printing. */
      readonly precedingJoinState: number;
      readonly _oscParser: { _handlers: Record<number, unknown> };
      readonly _dcsParser: { _handlers: Record<number, unknown> };
    };
    parse(bytes: Uint8Array): void;
  };
  registerCsiHandler(
    id: { prefix?: string; final: string; intermediates?: string },
    handler: (params: { params: Int32Array }) => boolean,
  ): unknown;
  resize(columns: number, rows: number): void;
}

/** A bare terminal. Everything is parsed at once, in the caller's turn. */
export interface OpenedCore extends Disposable {
  readonly core: XtermCore;
  /** A cell to read into. */
  newCell(): RawCell;
}

/** Finals of sequences that repeat something so often as their first parameter says: each round costs time. */
const repeating = ['L', 'M', 'S', 'T', 'I', 'Z', 'b'];

/** Opens a terminal that nothing on the line can make slow, large or talkative. */
export function openCore(columns: number, rows: number, scrollback: number): OpenedCore {
  const terminal = new headless.Terminal({
    cols: columns,
    rows,
    scrollback,
    allowProposedApi: true,
    logLevel: 'off',
  });
  const core = (terminal as unknown as { _core: XtermCore })._core;
  requireKnown(core);
  // Titles, colours, links and requests change no screen, and xterm keeps up to 10 MB of each.
  const { _oscParser, _dcsParser } = core._inputHandler._parser;
  _oscParser._handlers = {};
  _dcsParser._handlers = {};
  const most = Math.max(columns, rows, 200);
  for (const final of repeating) {
    core.registerCsiHandler({ final }, ({ params }) => {
      if (params[0]! > most) params[0] = most;
      return false;
    });
  }
  for (const prefix of ['', '?']) {
    core.registerCsiHandler({ ...(prefix && { prefix }), final: 'J' }, ({ params }) => {
      const { lines, x, y } = core.buffers.active;
      // xterm.js looks for the row below and throws where there is none; up to the last corner is everything.
      if (params[0] === 1 && x + 1 >= core.cols && y + 1 >= lines.length) params[0] = 2;
      return false;
    });
  }
  return {
    core,
    newCell: () => terminal.buffer.normal.getNullCell() as unknown as RawCell,
    [Symbol.dispose]: () => terminal.dispose(),
  };
}

function requireKnown(core: XtermCore): void {
  const { _inputHandler, _charsetService, buffers } = core ?? {};
  const parser = _inputHandler?._parser;
  const known =
    parser?.currentState === 0 &&
    typeof parser.precedingJoinState === 'number' &&
    parser._oscParser?._handlers !== undefined &&
    parser._dcsParser?._handlers !== undefined &&
    Array.isArray(_charsetService?._charsets) &&
    buffers?.normal?.savedCurAttrData !== undefined;
  if (!known)
    throw new Error('@xterm/headless looks different inside; the screen keeper was written for 6.0.0');
}
