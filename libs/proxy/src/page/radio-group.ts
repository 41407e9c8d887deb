import { element } from './dom.ts';

/** A choice of a few words, one of them in force. */
export interface RadioGroup<V extends string> {
  readonly fieldset: HTMLElement;
  show(value: V): void;
}

/** Makes one; `chosen` hears what the operator picked. */
export function createRadioGroup<V extends string>(
  name: string,
  title: string,
  options: readonly (readonly [V, string])[],
  chosen: (value: V) => void,
): RadioGroup<V> {
  const inputs = options.map(([value]) => {
    const input = element('input', { type: 'radio', name, value });
    input.addEventListener('change', () => chosen(value));
    return input;
  });
  const labels = inputs.map((input, index) =>
    element('label', { class: 'option' }, input, options[index]?.[1] ?? ''),
  );
  return {
    fieldset: element(
      'fieldset',
      {},
      element('legend', {}, title),
      element('div', { class: 'options' }, ...labels),
    ),
    show(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

/** The choices that every page has. */
export const bellChoices = [
  ['off', 'Off'],
  ['flash', 'Flash'],
  ['sound', 'Sound'],
] as const;
export const themeChoices = [
  ['system', 'As system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;
