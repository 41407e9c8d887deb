import { Duplex } from 'node:stream';

/** A serial line that greets, echoes what is typed to everybody on it, and remembers what it said. */
export interface SerialLine {
  /** Whether it greets who joins; false = a line as most are, silent until somebody types. */
  greets: boolean;
  /** Puts a stream on the line: what comes from it is typed, what the line says goes to it. */
  join(stream: Duplex): void;
  /** What a break looks like on it. */
  sendBreak(): void;
  /** Says something to everybody. */
  say(data: Buffer): void;
  /** Throws everybody off, as a BMC does that reboots. */
  drop(): void;
  /** What was said, oldest first; with `follow` also what comes. */
  read(
    from: { since?: number | undefined; follow: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<{ at: number; data: Buffer }>;
}

export const serialBanner = 'fake serial console: what you type comes back\r\n';

/** What a break looks like. */
export const breakEcho = '[break]\r\n';

/** Pieces that are remembered. */
const maxPieces = 1_000;

/** A line with nobody on it. */
export function createSerialLine(now: () => number = Date.now): SerialLine {
  const ends = new Set<Duplex>();
  const begun = now();
  const said: { at: number; data: Buffer }[] = [];
  const waiting = new Set<() => void>();

  function say(data: Buffer): void {
    said.push({ at: now(), data });
    if (said.length > maxPieces) said.shift();
    // An end that does not read loses what comes, as on a real line.
    for (const end of ends) if (end.readableLength < 1024 * 1024) end.push(data);
    for (const wake of waiting) wake();
  }

  function open(): Duplex {
    const end: Duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        say(Buffer.from(chunk));
        done();
      },
      destroy(error, done) {
        ends.delete(end);
        done(error);
      },
    });
    ends.add(end);
    if (line.greets) end.push(serialBanner);
    return end;
  }

  const line: SerialLine = {
    greets: true,
    say,
    sendBreak: () => say(Buffer.from(breakEcho)),
    drop() {
      for (const end of [...ends]) end.push(null);
    },
    join(stream) {
      const end = open();
      end.pipe(stream).pipe(end);
      stream.once('close', () => end.destroy());
    },
    async *read({ since = 0, follow }, signal) {
      if (line.greets && begun >= since) yield { at: begun, data: Buffer.from(serialBanner) };
      let last: { at: number; data: Buffer } | undefined;
      while (!signal.aborted) {
        const next = said[last ? said.indexOf(last) + 1 : 0];
        if (next) {
          last = next;
          if (next.at >= since) yield next;
        } else if (follow) {
          await new Promise<void>((resolve) => {
            const wake = () => {
              waiting.delete(wake);
              signal.removeEventListener('abort', wake);
              resolve();
            };
            waiting.add(wake);
            signal.addEventListener('abort', wake);
          });
        } else return;
      }
    },
  };
  return line;
}
