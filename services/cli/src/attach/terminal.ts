import type { Io } from '../io.ts';

/** Leaves whatever the console made of the terminal: colours, hidden cursor, mouse, pasting marks, key modes, other screen, margins. */
const plainAgain =
  '\x1b[?47l\x1b[0m\x1b7\x1b[r\x1b8\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b(B';
/** The first bytes of a console are for a terminal that was just reset. */
const fresh = '\x1b[!p\x1b[0m\x1b[r\x1b[2J\x1b[H';

/** The terminal of a person, or the pipes of a script. */
export interface Seat extends Disposable {
  /** What is typed is somebody's, key by key. */
  readonly interactive: boolean;
  readonly size: { columns: number; rows: number } | undefined;
  onResize: () => void;
  /** A picture of the whole screen comes next. */
  clear(): void;
}

/** Takes the terminal key by key, until it is disposed or the process exits, whatever ends it. */
export function takeTerminal({ stdin, stdout }: Io, watches: boolean): Seat {
  const shows = stdout.isTTY === true;
  const interactive = !watches && stdin.isTTY === true && stdin.setRawMode !== undefined;
  let taken = interactive || shows;
  if (interactive) stdin.setRawMode?.(true);
  const restore = () => {
    if (!taken) return;
    taken = false;
    process.off('exit', restore);
    if (interactive) stdin.setRawMode?.(false);
    if (shows) stdout.write(plainAgain);
  };
  process.on('exit', restore);
  const resized = () => seat.onResize();
  stdout.on?.('resize', resized);
  const seat: Seat = {
    interactive,
    get size() {
      const { columns, rows } = stdout;
      return shows && columns && rows ? { columns, rows } : undefined;
    },
    onResize: () => {},
    clear() {
      if (shows) stdout.write(fresh);
    },
    [Symbol.dispose]() {
      stdout.off?.('resize', resized);
      restore();
    },
  };
  return seat;
}
