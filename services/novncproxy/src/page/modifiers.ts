import { element } from '@consolemesh/proxy/page';
import { modifiers, type SendKey } from './keys.ts';

/** Modifier keys held down from the page: pressed once to hold, once more to let go. */
export interface HeldModifiers {
  /** A set of toggle buttons; every set shows the same state. */
  buttons(role?: 'menuitemcheckbox'): HTMLButtonElement[];
  /** Lets go of all of them. */
  release(): void;
}

export function createHeldModifiers(send: SendKey): HeldModifiers {
  const held = new Set<string>();
  const made: { label: string; button: HTMLButtonElement }[] = [];

  function set(label: string, down: boolean): void {
    const modifier = modifiers.find((one) => one.label === label);
    if (!modifier || held.has(label) === down) return;
    if (down) held.add(label);
    else held.delete(label);
    send(modifier.key.keysym, modifier.key.code, down);
    for (const one of made) if (one.label === label) mark(one.button, down);
  }

  return {
    buttons: (role) =>
      modifiers.map(({ label }) => {
        const button = element('button', { type: 'button', class: 'key', role }, label);
        button.title = `Hold ${label} down`;
        mark(button, held.has(label));
        button.addEventListener('click', () => set(label, !held.has(label)));
        made.push({ label, button });
        return button;
      }),
    release: () => {
      for (const label of [...held]) set(label, false);
    },
  };
}

function mark(button: HTMLButtonElement, down: boolean): void {
  const state = button.getAttribute('role') ? 'aria-checked' : 'aria-pressed';
  button.setAttribute(state, String(down));
}
