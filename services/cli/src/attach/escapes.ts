/** What somebody at a terminal wants beside typing. */
export type Wish = 'quit' | 'break' | 'ask' | 'take' | 'give' | 'who' | 'help';

/** What is typed, and what is wished, in order. */
export type Step = { readonly send: Buffer } | { readonly wish: Wish };

const wishes: Readonly<Record<string, Wish>> = {
  '.': 'quit',
  B: 'break',
  p: 'ask',
  P: 'take',
  g: 'give',
  w: 'who',
  '?': 'help',
};

/** Lines that explain the escapes. */
export function escapeHelp(mark: string): string[] {
  return [
    `${mark}.  leave`,
    `${mark}B  send a break`,
    `${mark}p  ask for the pen: may I write?`,
    `${mark}P  take the pen`,
    `${mark}g  give the pen to who asked last`,
    `${mark}w  say who is here`,
    `${mark}${mark}  the character itself`,
    `${mark}?  this; each right after Enter`,
  ];
}

/**
 * Finds escapes among what is typed, cut anywhere: the character at the beginning of a line and the one behind it. As ssh and conserver do it,
 * only after Enter or at the very beginning, so that nothing else in a text is meant. `undefined`: there are none.
 */
export function createEscapes(mark: string | undefined): (typed: Buffer) => Step[] {
  const code = mark?.charCodeAt(0);
  let atBegin = true;
  let escaped = false;
  return (typed) => {
    if (code === undefined) return [{ send: typed }];
    const steps: Step[] = [];
    let from = 0;
    const sendUpTo = (to: number) => {
      if (to > from) steps.push({ send: typed.subarray(from, to) });
    };
    for (let at = 0; at < typed.length; at += 1) {
      const byte = typed[at]!;
      if (escaped) {
        escaped = false;
        const wish = byte === code ? undefined : wishes[String.fromCharCode(byte)];
        from = at + 1;
        if (wish) {
          steps.push({ wish });
          continue;
        }
        steps.push({ send: byte === code ? Buffer.of(code) : Buffer.of(code, byte) });
      } else if (atBegin && byte === code) {
        sendUpTo(at);
        from = at + 1;
        escaped = true;
        continue;
      }
      atBegin = byte === 0x0d || byte === 0x0a;
    }
    sendUpTo(typed.length);
    return steps;
  };
}
