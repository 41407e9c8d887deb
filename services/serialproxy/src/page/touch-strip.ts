import { byId, element } from '@consolemesh/proxy/page';

/** The row of keys that touch keyboards lack. */
export interface TouchStrip {
  toggle(): boolean;
  hide(): void;
  /** Holds Ctrl for the next letter: what a letter becomes. */
  held(bytes: Uint8Array): Uint8Array;
}

const keys: readonly (readonly [string, string, string?])[] = [
  ['Esc', '\x1b'],
  ['Tab', '\t'],
  ['←', '\x1b[D', 'Left'],
  ['↑', '\x1b[A', 'Up'],
  ['↓', '\x1b[B', 'Down'],
  ['→', '\x1b[C', 'Right'],
  ['|', '|'],
  ['/', '/'],
  ['-', '-'],
  ['~', '~'],
];

export function createTouchStrip(send: (text: string) => void): TouchStrip {
  const strip = byId('strip');
  let holds = false;
  const control = element('button', { type: 'button', class: 'key', 'aria-pressed': 'false' }, 'Ctrl');
  const hold = (on: boolean) => {
    holds = on;
    control.setAttribute('aria-pressed', String(on));
  };
  control.addEventListener('click', () => hold(!holds));
  const buttons = keys.map(([label, bytes, spoken]) => {
    const button = element('button', { type: 'button', class: 'key', 'aria-label': spoken }, label);
    button.addEventListener('click', () => send(bytes));
    return button;
  });
  strip.append(...buttons.slice(0, 2), control, ...buttons.slice(2));
  // A tap on the strip must not take the focus from the terminal, or the keyboard would fold.
  strip.addEventListener('pointerdown', (event) => event.preventDefault());
  const hide = () => {
    strip.hidden = true;
    hold(false);
  };
  return {
    toggle() {
      if (strip.hidden) strip.hidden = false;
      else hide();
      return !strip.hidden;
    },
    hide,
    held(bytes) {
      const [only] = bytes;
      if (!holds || bytes.length !== 1 || only === undefined || only < 0x40) return bytes;
      hold(false);
      return Uint8Array.of(only & 0x1f);
    },
  };
}
