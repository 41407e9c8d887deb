import { byId, element } from '@consolemesh/proxy/page';

/** A line above the terminal that stays while it is true. */
export interface Bar {
  readonly text: string;
  readonly actions?: readonly { readonly label: string; act(): void }[];
  /** How far something is, 0 to 1. */
  readonly progress?: number;
}

/** Lines above the terminal, each by its name. */
export interface Bars {
  /** Shows one, or takes it away. */
  set(name: string, bar: Bar | undefined): void;
  clear(): void;
}

/** Makes the place for them, which is a live region. */
export function createBars(): Bars {
  const place = byId('bars');
  const shown = new Map<string, { line: HTMLElement; bar: Bar }>();

  const remove = (name: string) => {
    shown.get(name)?.line.remove();
    shown.delete(name);
  };
  return {
    set(name, bar) {
      const known = shown.get(name);
      if (!bar) return remove(name);
      if (known && known.bar.text === bar.text && bar.progress !== undefined) {
        // Only the progress moves: a screen reader would read the line anew.
        const meter = known.line.querySelector('progress');
        if (meter) meter.value = bar.progress;
        shown.set(name, { line: known.line, bar });
        return;
      }
      if (known && known.bar.text === bar.text) return;
      const buttons = (bar.actions ?? []).map(({ label, act }) => {
        const button = element('button', { type: 'button' }, label);
        button.addEventListener('click', act);
        return button;
      });
      const line = element(
        'div',
        { class: 'bar', 'data-name': name },
        element('span', {}, bar.text),
        ...(bar.progress === undefined ? [] : [element('progress', { max: 1, value: bar.progress })]),
        ...buttons,
      );
      if (known) known.line.replaceWith(line);
      else place.append(line);
      shown.set(name, { line, bar });
    },
    clear() {
      for (const name of [...shown.keys()]) remove(name);
    },
  };
}
