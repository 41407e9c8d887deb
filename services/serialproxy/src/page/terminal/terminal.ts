import './adopted-sheet.ts';
import type { TerminalSize } from '@consolemesh/proxy/page';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal as Xterm } from '@xterm/xterm';
import { bufferText } from './buffer-text.ts';
import { type Area, fitFont, fitSize } from './fit-font.ts';
import { mendLastCorner } from './last-corner.ts';
import { watchAnswers } from './quiet-answers.ts';
import { dark, light } from './themes.ts';

/** How the terminal looks and sounds. */
export interface TerminalLooks {
  /** Height of the letters where they fit, pixels. */
  readonly fontSize: number;
  readonly dark: boolean;
  readonly readAloud: boolean;
}

/** What the terminal tells. */
export interface TerminalEvents {
  /** Bytes to send; `answer`: the terminal answers a program by itself. */
  input(bytes: Uint8Array, answer: boolean): void;
  /** Somebody pastes. */
  paste(text: string): void;
  bell(): void;
  /** Ctrl+Shift+F. */
  search(): void;
  /** Found so many; `at` is the one that is shown, from 0. */
  found(at: number, count: number): void;
  /** The room for it has changed. */
  roomed(): void;
}

/** The terminal of the page: xterm.js, and nothing else knows xterm.js. */
export interface Terminal {
  /** `written` is called once it is on the screen. */
  write(bytes: Uint8Array, written?: () => void): void;
  /** Empties it. */
  reset(): void;
  apply(looks: TerminalLooks): void;
  /** Shows a line of that size, with `shrinks` in smaller letters where it does not fit; undefined = as many characters as fit. */
  setSize(size: TerminalSize | undefined, shrinks: boolean): void;
  /** How many characters fit at the wanted height of letters. */
  proposed(): TerminalSize | undefined;
  readonly size: TerminalSize;
  /** Whether keys are taken. */
  setTyping(on: boolean): void;
  /** The program wants pastes to be marked. */
  readonly marksPastes: boolean;
  find(text: string, forward: boolean, fresh: boolean): void;
  endSearch(): void;
  /** What is selected. */
  selection(): string;
  /** Everything in it as text. */
  text(): string;
  focus(): void;
}

/** Rows above the screen that are kept here. */
const scrollback = 10_000;

/** Puts a terminal into `place`, which gives it its room. */
export function createTerminal(place: HTMLElement, label: string, tell: TerminalEvents): Terminal {
  const xterm = new Xterm({
    allowProposedApi: true,
    cols: 80,
    rows: 24,
    cursorBlink: false,
    fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
    scrollback,
    macOptionIsMeta: true,
    // Links of a machine's output open nothing.
    linkHandler: { activate: () => {} },
    logLevel: 'off',
  });
  mendLastCorner(xterm);
  const search = new SearchAddon({ highlightLimit: 2_000 });
  xterm.loadAddon(search);
  xterm.open(place);
  const isAnswer = watchAnswers(xterm);
  xterm.textarea?.setAttribute('aria-label', label);

  const encoder = new TextEncoder();
  xterm.onData((text) => tell.input(encoder.encode(text), isAnswer()));
  // Reports of the mouse in the old form are bytes, not text.
  xterm.onBinary((text) =>
    tell.input(
      Uint8Array.from(text, (sign) => sign.charCodeAt(0)),
      false,
    ),
  );
  xterm.onBell(tell.bell);
  search.onDidChangeResults(({ resultIndex, resultCount }) => tell.found(resultIndex, resultCount));
  xterm.attachCustomKeyEventHandler((event) => ownKey(event, xterm, tell));
  place.addEventListener('paste', (event) => takePaste(event, tell), true);

  let looks: TerminalLooks = { fontSize: 15, dark: true, readAloud: false };
  let size: TerminalSize | undefined;
  let shrink = true;

  const cell = (): Area => {
    const { width = 0, height = 0 } = place.querySelector('.xterm-screen')?.getBoundingClientRect() ?? {};
    return { width: width / xterm.cols, height: height / xterm.rows };
  };
  const room = (): Area => {
    const style = getComputedStyle(place);
    const padding = (one: string, other: string) => Number.parseFloat(one) + Number.parseFloat(other);
    return {
      // The scroll bar has its place beside the text.
      width: place.clientWidth - padding(style.paddingLeft, style.paddingRight) - 14,
      height: place.clientHeight - padding(style.paddingTop, style.paddingBottom),
    };
  };
  const now = () => xterm.options.fontSize ?? looks.fontSize;
  const proposed = () => {
    const { width, height } = cell();
    const scale = looks.fontSize / now();
    return fitSize(room(), { width: width * scale, height: height * scale });
  };
  const lay = () => {
    const wanted = size ?? proposed();
    if (!wanted) return;
    const font = size && shrink ? fitFont(wanted, room(), cell(), now(), looks.fontSize) : looks.fontSize;
    if (font !== now()) xterm.options.fontSize = font;
    if (wanted.columns !== xterm.cols || wanted.rows !== xterm.rows)
      xterm.resize(wanted.columns, wanted.rows);
  };
  new ResizeObserver(() => {
    lay();
    tell.roomed();
  }).observe(place);

  return {
    write: (bytes, written) => xterm.write(bytes, written),
    reset: () => xterm.reset(),
    apply(next) {
      looks = next;
      xterm.options.theme = next.dark ? dark : light;
      // Colours that machines choose for black screens vanish on white.
      xterm.options.minimumContrastRatio = next.dark ? 1 : 4.5;
      xterm.options.screenReaderMode = next.readAloud;
      lay();
    },
    setSize(next, shrinks) {
      // xterm.js shows what it is given a moment later: that was made for the size before.
      xterm.write('', () => {
        size = next;
        shrink = shrinks;
        lay();
      });
    },
    proposed,
    get size() {
      return { columns: xterm.cols, rows: xterm.rows };
    },
    setTyping(on) {
      xterm.options.disableStdin = !on;
      xterm.options.cursorInactiveStyle = on ? 'outline' : 'none';
    },
    get marksPastes() {
      return xterm.modes.bracketedPasteMode;
    },
    find(text, forward, fresh) {
      const options = { incremental: fresh, decorations: looks.dark ? darkMatches : lightMatches };
      if (forward) search.findNext(text, options);
      else search.findPrevious(text, options);
    },
    endSearch() {
      search.clearDecorations();
      xterm.clearSelection();
    },
    selection: () => xterm.getSelection(),
    text: () => bufferText(xterm.buffer.normal),
    focus: () => xterm.focus(),
  };
}

const darkMatches = {
  matchBackground: '#5c4a12',
  matchOverviewRuler: '#e3b64f',
  activeMatchBackground: '#a8781a',
  activeMatchColorOverviewRuler: '#ffffff',
};
const lightMatches = {
  matchBackground: '#fbe7b2',
  matchOverviewRuler: '#b67608',
  activeMatchBackground: '#f3c04d',
  activeMatchColorOverviewRuler: '#16202c',
};

/** Keys of the page inside the terminal; false = the terminal does not take it. */
function ownKey(event: KeyboardEvent, xterm: Xterm, tell: TerminalEvents): boolean {
  if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey || event.altKey) return true;
  switch (event.code) {
    case 'KeyC':
      if (xterm.hasSelection()) void navigator.clipboard?.writeText(xterm.getSelection()).catch(() => {});
      event.preventDefault();
      return false;
    case 'KeyV':
      // The browser pastes, and the event of that comes here.
      return false;
    case 'KeyF':
      event.preventDefault();
      tell.search();
      return false;
    default:
      return true;
  }
}

/** xterm.js would send it all at once. */
function takePaste(event: ClipboardEvent, tell: TerminalEvents): void {
  event.preventDefault();
  event.stopImmediatePropagation();
  const text = event.clipboardData?.getData('text/plain') ?? '';
  if (text !== '') tell.paste(text);
}
