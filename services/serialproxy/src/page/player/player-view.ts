import { byId, element } from '@consolemesh/proxy/page';
import type { PlayerBar } from './player-bar.ts';

/** The place where the log is seen, over the terminal. */
export interface PlayerView {
  /** Where the recorded terminal goes. */
  readonly screen: HTMLElement;
  readonly open: boolean;
  /** The keyboard comes here as it opens: no key goes to the live terminal. */
  show(open: boolean): void;
  /** Whether the keyboard is at the place as a whole, and at none of its controls. */
  readonly focused: boolean;
  focus(): void;
  /** A sentence above the screen. */
  say(sentence: string): void;
  /** Whether there is a part after the one that is shown. */
  offerNext(on: boolean): void;
  /** Which part is wanted: so many ms back, or undefined for everything. */
  readonly back: number | undefined;
}

export interface ViewActions {
  close(): void;
  /** Another part is wanted, or the same anew. */
  read(): void;
  next(): void;
  toggle(): void;
  /** By so many ms. */
  step(ms: number): void;
  toStart(): void;
  toEnd(): void;
  /** To the next speed, or the one before. */
  faster(by: 1 | -1): void;
}

const hour = 3_600_000;
const parts = [
  ['Last hour', hour],
  ['Last day', 24 * hour],
  ['Last week', 7 * 24 * hour],
  ['Everything', undefined],
] as const;
/** Arrow keys move by so much, ms. */
const stepMs = 5_000;

export function createPlayerView(bar: PlayerBar, actions: ViewActions): PlayerView {
  const place = byId('player');
  const note = element('p', { id: 'player-note', class: 'player-note', role: 'status' });
  const screen = element('div', { id: 'player-screen', class: 'player-screen tty' });
  const part = element('select', { 'aria-label': 'Part of the log' });
  part.append(...parts.map(([label], index) => element('option', { value: index }, label)));
  part.value = '1';
  part.addEventListener('change', actions.read);
  const button = (label: string, title: string, act: () => void) => {
    const made = element('button', { type: 'button', title }, label);
    made.addEventListener('click', act);
    return made;
  };
  const next = button('Next part', 'The log goes on after this part', actions.next);
  next.hidden = true;
  place.append(
    element(
      'div',
      { class: 'player-head' },
      element('h2', {}, 'Log'),
      part,
      button('Read again', 'With what was said meanwhile', actions.read),
      next,
      note,
      button('Close', 'Back to the live terminal (Esc)', actions.close),
    ),
    screen,
    bar.bar,
  );
  place.addEventListener('keydown', (event) => takeKey(event, screen, actions), true);
  return {
    screen,
    get open() {
      return !place.hidden;
    },
    show(open) {
      place.hidden = !open;
      // The live terminal goes on below, and takes no key meanwhile.
      byId('screen').inert = open;
      if (open) place.focus({ preventScroll: true });
    },
    get focused() {
      return document.activeElement === place;
    },
    focus: () => place.focus({ preventScroll: true }),
    say(sentence) {
      note.textContent = sentence;
    },
    offerNext(on) {
      next.hidden = !on;
    },
    get back() {
      return parts[Number(part.value)]?.[1];
    },
  };
}

/** The player's keys, before the recorded terminal or the slider sees them. */
function takeKey(event: KeyboardEvent, screen: HTMLElement, actions: ViewActions): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { target } = event;
  // A terminal keeps Tab for itself; this one takes no keys, so the browser moves on.
  if (event.key === 'Tab') {
    if (screen.contains(target as Node)) event.stopImmediatePropagation();
    return;
  }
  const isChoice = target instanceof HTMLSelectElement;
  const pressesItself = target instanceof HTMLButtonElement || isCheckbox(target);
  const keys: Record<string, (() => void) | false> = {
    Escape: actions.close,
    ' ': !isChoice && !pressesItself && actions.toggle,
    k: !isChoice && actions.toggle,
    ArrowLeft: !isChoice && (() => actions.step(-stepMs)),
    ArrowRight: !isChoice && (() => actions.step(stepMs)),
    Home: !isChoice && actions.toStart,
    End: !isChoice && actions.toEnd,
    '+': () => actions.faster(1),
    '-': () => actions.faster(-1),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}

function isCheckbox(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === 'checkbox';
}
