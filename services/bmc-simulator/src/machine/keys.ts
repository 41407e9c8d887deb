/** A key going down, with what was held at that moment. */
export interface KeyPress {
  /** The name of a key that types nothing (`Enter`, `Up`, `F2`, …), else undefined. */
  readonly name: KeyName | undefined;
  /** The one character it types, else undefined. */
  readonly character: string | undefined;
  readonly control: boolean;
  readonly alt: boolean;
}

export type KeyName = (typeof namedKeys)[number][1];

/** X11 keysyms (keysymdef.h, which RFC 6143 section 7.5.4 refers to) of the keys that act. */
const namedKeys = [
  [0xff08, 'Backspace'],
  [0xff09, 'Tab'],
  [0xff0d, 'Enter'],
  [0xff8d, 'Enter'],
  [0xff1b, 'Escape'],
  [0xffff, 'Delete'],
  [0xff9f, 'Delete'],
  [0xff50, 'Home'],
  [0xff51, 'Left'],
  [0xff52, 'Up'],
  [0xff53, 'Right'],
  [0xff54, 'Down'],
  [0xff55, 'PageUp'],
  [0xff56, 'PageDown'],
  [0xff57, 'End'],
  [0xff95, 'Home'],
  [0xff96, 'Left'],
  [0xff97, 'Up'],
  [0xff98, 'Right'],
  [0xff99, 'Down'],
  [0xff9c, 'End'],
  [0xffbe, 'F1'],
  [0xffbf, 'F2'],
  [0xffc6, 'F9'],
  [0xffc7, 'F10'],
  [0xffc8, 'F11'],
  [0xffc9, 'F12'],
] as const;

const names = new Map<number, KeyName>(namedKeys);
const controls = [0xffe3, 0xffe4];
const alts = [0xffe9, 0xffea, 0xffe7, 0xffe8, 0xfe03];
const mostHeld = 32;

/** Follows keys going up and down. */
export interface Keyboard {
  /** @returns the press to act on; undefined for releases and modifiers */
  event(keysym: number, down: boolean): KeyPress | undefined;
  /** All keys up: what a viewer that vanished leaves behind. */
  releaseAll(): void;
}

export function createKeyboard(): Keyboard {
  const held = new Set<number>();
  return {
    event(keysym, down) {
      if (isModifier(keysym)) {
        if (!down) held.delete(keysym);
        else if (held.size < mostHeld) held.add(keysym);
        return undefined;
      }
      if (!down) return undefined;
      return {
        name: names.get(keysym),
        character: characterOf(keysym),
        control: controls.some((key) => held.has(key)),
        alt: alts.some((key) => held.has(key)),
      };
    },
    releaseAll: () => held.clear(),
  };
}

function isModifier(keysym: number): boolean {
  return (keysym >= 0xffe1 && keysym <= 0xffee) || keysym === 0xfe03 || keysym === 0xff7f;
}

/** Latin-1 keysyms are their own code points, 0x01000000 + n is Unicode n, the keypad types what is printed on it. */
function characterOf(keysym: number): string | undefined {
  if ((keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff))
    return String.fromCharCode(keysym);
  if (keysym >= 0x0100_0100 && keysym <= 0x0110_ffff) return String.fromCodePoint(keysym - 0x0100_0000);
  if (keysym >= 0xffaa && keysym <= 0xffb9) return String.fromCharCode(keysym - 0xff80);
  return undefined;
}
