import type { ColourName } from '../../screen/palette.ts';
import type { Ink } from '../../screen/text-screen.ts';

/** What the machine says on its serial line, kept until somebody takes it. */
export interface SerialOutput {
  /** Text with the colours of a terminal; `\n` goes out as CR LF, other control characters as they are. */
  print(text: string, ink?: Ink): void;
  /** Everything said since the last call; the oldest of it is forgotten beyond 256 Ki characters. */
  take(): string;
}

const mostKept = 256 * 1024;

export function createSerialOutput(): SerialOutput {
  let kept: string[] = [];
  let length = 0;
  return {
    print(text, ink = {}) {
      if (text === '') return;
      const plain = text.replaceAll('\n', '\r\n');
      const codes = [code(ink.fg, foregrounds, 0), code(ink.bg, foregrounds, 10)].filter(
        (n) => n !== undefined,
      );
      const said = codes.length > 0 ? `\x1b[${codes.join(';')}m${plain}\x1b[0m` : plain;
      kept.push(said);
      length += said.length;
      while (length > mostKept && kept.length > 1) length -= kept.shift()!.length;
    },
    take() {
      const all = kept.join('');
      kept = [];
      length = 0;
      return all.length > mostKept ? all.slice(-mostKept) : all;
    },
  };
}

/** Select Graphic Rendition (ECMA-48 section 8.3.117) for the sixteen colours of the VGA and what comes close to the others. */
const foregrounds: Partial<Record<ColourName, number>> = {
  black: 30,
  red: 31,
  green: 32,
  brown: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  darkGrey: 90,
  brightRed: 91,
  brightGreen: 92,
  yellow: 93,
  brightBlue: 94,
  brightMagenta: 95,
  brightCyan: 96,
  white: 97,
  logo1: 96,
  logo2: 96,
  logo3: 94,
  logo4: 94,
  logo5: 94,
  logo6: 95,
};

function code(name: ColourName | undefined, codes: typeof foregrounds, shift: number): number | undefined {
  const found = name && codes[name];
  return found === undefined ? undefined : found + shift;
}
