/** Reads a console's bytes for numbered answers, `heard NNNNNN;` at the beginning of a line, each of which may be seen once. */
export interface Reader {
  /** Another connection: what the screen shows is painted anew. */
  begin(): void;
  read(text: string): void;
  /** The highest number, over all connections. */
  last(): number;
  /** What is to be seen at the end. */
  end(): string;
  readonly mistakes: string[];
}

/** With this a screen begins that is painted anew (RIS, ECMA-48). */
const reset = '\x1bc';
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const unfinished = /\x1b[^@-Z\\^-~]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const sequences = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][0-9A-Z]|\x1b[=>78]/g;
/** A sequence or a line that is not whole yet. */
const mostKept = 4_096;

/** `heard` is told when a number is higher than all before. */
export function createReader(heard: () => void): Reader {
  let rest = '';
  let shown = '';
  let before = 0;
  let highest = 0;
  const mistakes: string[] = [];

  function take(number: number): void {
    if (number <= before) mistakes.push(`${number} after ${before}`);
    before = number;
    if (number <= highest) return;
    highest = number;
    heard();
  }

  return {
    mistakes,
    last: () => highest,
    end: () => shown.slice(-64),
    begin() {
      rest = '';
      shown = '';
      before = 0;
    },
    read(text) {
      rest += text;
      const painted = rest.lastIndexOf(reset);
      if (painted >= 0) {
        rest = rest.slice(painted + reset.length);
        shown = '';
        before = 0;
      }
      // What may be the beginning of a sequence waits for its end.
      const open = unfinished.exec(rest)?.index ?? rest.length;
      shown += rest.slice(0, open).replaceAll(sequences, '');
      rest = rest.slice(open);
      const line = /(?:^|[\r\n])heard (\d{6});/g;
      let end = 0;
      for (let match = line.exec(shown); match; match = line.exec(shown)) {
        take(Number(match[1]));
        end = line.lastIndex;
      }
      shown = shown.slice(end).slice(-mostKept);
    },
  };
}
