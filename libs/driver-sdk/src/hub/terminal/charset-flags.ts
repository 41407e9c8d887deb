import { type Charset, openCore } from './xterm-core.ts';

/** Finals that select a set of characters (ECMA-35 designations that xterm.js knows); `B` is ASCII. */
const finals = ['0', 'A', '4', 'C', 'R', 'Q', 'K', 'Y', 'E', 'Z', 'H', '='];

let known: Map<Charset, string> | undefined;

/** The final that selects this set; `B` when it is ASCII. */
export function charsetFinal(charset: Charset): string {
  known ??= probe();
  return known.get(charset) ?? 'B';
}

/** A terminal that is told each of them has it then. */
function probe(): Map<Charset, string> {
  using opened = openCore(2, 2, 0);
  const { _inputHandler, _charsetService } = opened.core;
  return new Map(
    finals.map((final) => {
      _inputHandler.parse(Buffer.from(`\x1b(${final}`));
      return [_charsetService.charset, final];
    }),
  );
}
