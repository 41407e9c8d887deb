import { setImmediate as breathe } from 'node:timers/promises';
import { openTerminal, type Size, type Terminal } from '../terminal/open-terminal.ts';
import { createBacklog } from './backlog.ts';
import { createOneAtATime } from './one-at-a-time.ts';

/** What a line's screen may take. */
export interface ScreenLimits {
  /** Rows above the screen. */
  readonly scrollbackRows: number;
  /** Bytes since the last checkpoint, while nobody watches. */
  readonly backlogBytes: number;
  /** A picture that would be longer shows less of the scrollback. */
  readonly pictureBytes: number;
}

/**
 * Knows exactly what a line's terminal shows, in bounded memory. While somebody watches there is a terminal. Otherwise there is a checkpoint,
 * which is a picture of one, and the bytes since; when those become too many, a terminal is made for as long as it takes to paint a newer
 * checkpoint, in pieces, so that nothing else waits for it.
 */
export interface Screen {
  readonly size: Size;
  /**
   * To be called before `append`, and awaited where it answers a promise: while nobody watches, the line waits for a checkpoint at times. One
   * call at a time.
   */
  room(bytes: number): Promise<void> | undefined;
  /** Takes bytes of the line, at most 32 KiB. In the caller's turn, so that what it hands out then is neither missing nor doubled. */
  append(bytes: Buffer): void;
  /** From when this resolves until `unwatch` there is a terminal, and `picture` may be called. */
  watch(): Promise<void>;
  unwatch(): void;
  /** The terminal's state as bytes that bring another one there; empty while the line has said nothing. Shows all that was appended. */
  picture(): Buffer;
  resize(size: Size): void;
  /** Whether there is a terminal, for tests and figures. */
  readonly awake: boolean;
}

/**
 * - `asleep`: `checkpoint` and then `backlog` are what the terminal would have been fed.
 * - `awake`: the terminal has been fed everything.
 */
type State =
  | { readonly kind: 'asleep'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'awake'; readonly terminal: Terminal };

interface Checkpoint {
  readonly size: Size;
  readonly pieces: readonly Buffer[];
}

/** Bytes and rows that are handled before others get their turn; about a millisecond. */
const sliceBytes = 32 * 1024;
const sliceRows = 100;

/** The screen of a line that has said nothing. */
export function keepScreen(firstSize: Size, limits: ScreenLimits): Screen {
  const backlog = createBacklog(limits.backlogBytes);
  const exclusively = createOneAtATime();
  let size = firstSize;
  let silent = true;
  let watchers = 0;
  let state: State = { kind: 'asleep', checkpoint: { size, pieces: [] } };

  /** A terminal that has been fed what there is of a sleeping one; `fed` says how much of the backlog that was. */
  async function revive({ size, pieces }: Checkpoint): Promise<{ terminal: Terminal; fed: number }> {
    const terminal = openTerminal(size, limits.scrollbackRows);
    for (const piece of inSlices(pieces)) {
      terminal.feed(piece);
      await breathe();
    }
    let fed = 0;
    while (fed < backlog.length) {
      const piece = backlog.slice(fed, sliceBytes);
      terminal.feed(piece);
      fed += piece.length;
      await breathe();
    }
    return { terminal, fed };
  }

  async function wake(): Promise<void> {
    if (watchers === 0 || state.kind === 'awake') return;
    const { checkpoint } = state;
    const { terminal, fed } = await revive(checkpoint);
    // From here on in one turn: what came in the meantime, and then everything else goes to the terminal at once.
    terminal.feed(backlog.slice(fed, backlog.length));
    if (!sameSize(size, checkpoint.size)) terminal.resize(size);
    backlog.clear();
    state = { kind: 'awake', terminal };
  }

  /** What comes while the picture is painted is already for the time after it. */
  async function fallAsleep(): Promise<void> {
    if (watchers > 0 || state.kind === 'asleep') return;
    const { terminal } = state;
    const seen = size;
    state = { kind: 'asleep', checkpoint: { size: seen, pieces: [] } };
    const pieces = await paintSlowly(terminal, limits);
    terminal[Symbol.dispose]();
    state = { kind: 'asleep', checkpoint: { size: seen, pieces } };
  }

  async function rollForward(more: number): Promise<void> {
    if (state.kind === 'awake' || backlog.fits(more)) return;
    const { checkpoint } = state;
    const { terminal } = await revive(checkpoint);
    const pieces = await paintSlowly(terminal, limits);
    terminal[Symbol.dispose]();
    backlog.clear();
    state = { kind: 'asleep', checkpoint: { size: checkpoint.size, pieces } };
  }

  return {
    get size() {
      return size;
    },
    get awake() {
      return state.kind === 'awake';
    },
    room(bytes) {
      if (state.kind === 'awake' || backlog.fits(bytes)) return undefined;
      return exclusively(() => rollForward(bytes));
    },
    append(bytes) {
      silent &&= bytes.length === 0;
      if (state.kind === 'awake') state.terminal.feed(bytes);
      else backlog.push(bytes);
    },
    async watch() {
      watchers += 1;
      await exclusively(wake);
    },
    unwatch() {
      watchers -= 1;
      if (watchers === 0) void exclusively(fallAsleep);
    },
    picture() {
      if (state.kind !== 'awake') throw new Error('nobody watches this screen');
      return silent ? Buffer.alloc(0) : Buffer.concat(paintAtOnce(state.terminal, limits));
    },
    resize(wanted) {
      size = wanted;
      if (state.kind === 'awake') state.terminal.resize(wanted);
    },
  };
}

/** A terminal's picture, with as much of the scrollback as fits. */
function paintAtOnce(terminal: Terminal, limits: ScreenLimits): Buffer[] {
  let rows = limits.scrollbackRows;
  while (true) {
    const pieces = [...terminal.paint(rows)];
    if (rows === 0 || lengthOf(pieces) <= limits.pictureBytes) return pieces;
    rows = Math.floor(rows / 4);
  }
}

/** The same with pauses; the pieces are few and large. */
async function paintSlowly(terminal: Terminal, limits: ScreenLimits): Promise<Buffer[]> {
  let rows = limits.scrollbackRows;
  while (true) {
    const pieces: Buffer[] = [];
    let slice: Buffer[] = [];
    for (const piece of terminal.paint(rows)) {
      slice.push(piece);
      if (slice.length < sliceRows) continue;
      pieces.push(Buffer.concat(slice));
      slice = [];
      await breathe();
    }
    pieces.push(Buffer.concat(slice));
    if (rows === 0 || lengthOf(pieces) <= limits.pictureBytes) return pieces;
    rows = Math.floor(rows / 4);
  }
}

function* inSlices(pieces: Iterable<Buffer>): Generator<Buffer> {
  for (const bytes of pieces) {
    for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
  }
}

const lengthOf = (pieces: readonly Buffer[]) => pieces.reduce((sum, { length }) => sum + length, 0);
const sameSize = (a: Size, b: Size) => a.columns === b.columns && a.rows === b.rows;
