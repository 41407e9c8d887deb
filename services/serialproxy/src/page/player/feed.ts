import type { LogPiece, TerminalSize } from '@consolemesh/proxy/page';

/** What shows a log: a terminal. */
export interface LogScreen {
  /** `written` is called once it is on the screen. */
  write(bytes: Uint8Array, written: () => void): void;
  reset(): void;
  setSize(size: TerminalSize): void;
}

/** Brings a screen to any place of a log. */
export interface Feed {
  /** Shows the first `count` pieces and nothing else; a newer wish replaces one that is not done. */
  show(pieces: readonly LogPiece[], count: number): void;
  /** Resolves when the screen shows what was wished. */
  settled(): Promise<void>;
}

/** What goes to the screen at once, bytes: between two such portions a newer wish is heard. */
const portion = 64 * 1024;
/** Of a line that never said its size. */
const usualSize: TerminalSize = { columns: 80, rows: 24 };

/** Going forward adds what is missing; going back begins anew, since a terminal cannot forget. */
export function createFeed(screen: LogScreen): Feed {
  let wanted: { pieces: readonly LogPiece[]; count: number } = { pieces: [], count: 0 };
  let of: readonly LogPiece[] | undefined;
  let shown = 0;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (;;) {
      if (of !== wanted.pieces || shown > wanted.count) {
        screen.reset();
        screen.setSize(usualSize);
        [of, shown] = [wanted.pieces, 0];
      }
      const next = of[shown];
      if (shown >= wanted.count || !next) return;
      if ('mark' in next) {
        if (next.mark.size) screen.setSize(next.mark.size);
        shown += 1;
      } else {
        const bytes = gather(of, shown, wanted.count);
        shown += bytes.pieces;
        await new Promise<void>((resolve) => screen.write(bytes.joined, resolve));
      }
    }
  }

  return {
    show(pieces, count) {
      wanted = { pieces, count };
      running ??= run().finally(() => {
        running = undefined;
      });
    },
    settled: async () => running,
  };
}

/** The bytes of a piece and of those that follow it, up to a portion. */
function gather(
  pieces: readonly LogPiece[],
  from: number,
  to: number,
): { joined: Uint8Array; pieces: number } {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let n = from; n < to && length < portion; n++) {
    const piece = pieces[n];
    if (!piece || 'mark' in piece) break;
    parts.push(piece.data);
    length += piece.data.length;
  }
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return { joined, pieces: parts.length };
}
