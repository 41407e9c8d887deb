import { element } from '../dom.ts';
import type { PreferenceStore, Preferences } from '../preferences.ts';

/** The panel for how things look and sound. */
export interface PicturePanel {
  readonly panel: HTMLElement;
  /** Shows what is in force, and whether watching only is a choice or all there is. */
  show(preferences: Preferences, watching: 'by-role' | 'by-choice' | 'no'): void;
}

type ChoiceName = 'scaling' | 'theme' | 'bell';

const choices: Record<ChoiceName, { title: string; options: readonly (readonly [string, string])[] }> = {
  scaling: {
    title: 'Size',
    options: [
      ['fit', 'Fit window'],
      ['actual', 'True pixels'],
      ['remote', 'Ask server'],
    ],
  },
  bell: {
    title: 'Bell',
    options: [
      ['off', 'Off'],
      ['flash', 'Flash'],
      ['sound', 'Sound'],
    ],
  },
  theme: {
    title: 'Page',
    options: [
      ['system', 'As system'],
      ['light', 'Light'],
      ['dark', 'Dark'],
    ],
  },
};

/** @param watch the operator wants to watch without touching, or no longer */
export function createPicturePanel(
  preferences: PreferenceStore,
  watch: (only: boolean) => void,
): PicturePanel {
  const radios = (Object.keys(choices) as ChoiceName[]).map((name) => radioGroup(name, preferences));
  const quality = slider('quality', 'Quality', 'smaller', 'better', preferences);
  const compression = slider('compression', 'Compression', 'less', 'more', preferences);
  const dot = element('input', { type: 'checkbox' });
  const watching = element('input', { type: 'checkbox' });
  dot.addEventListener('change', () => preferences.change({ dot: dot.checked }));
  watching.addEventListener('change', () => watch(watching.checked));
  const [size, ...others] = radios;
  const panel = element(
    'div',
    { id: 'picture-panel', class: 'panel', role: 'dialog', 'aria-label': 'Picture and page' },
    size?.fieldset ?? '',
    quality.label,
    compression.label,
    element('p', { class: 'note' }, 'Used where the server sends compressed pictures.'),
    element('label', { class: 'check' }, dot, 'Show a dot where the server shows no pointer'),
    element('label', { class: 'check' }, watching, 'Watch only: send no keys and no pointer'),
    ...others.map(({ fieldset }) => fieldset),
  );
  return {
    panel,
    show(now, watchState) {
      for (const { name, inputs } of radios)
        for (const input of inputs) input.checked = input.value === now[name];
      quality.input.value = String(now.quality);
      compression.input.value = String(now.compression);
      dot.checked = now.dot;
      watching.checked = watchState !== 'no';
      watching.disabled = watchState === 'by-role';
    },
  };
}

function radioGroup(name: ChoiceName, preferences: PreferenceStore) {
  const { title, options } = choices[name];
  const inputs = options.map(([value]) => element('input', { type: 'radio', name, value }));
  for (const input of inputs) {
    input.addEventListener('change', () =>
      preferences.change({ [name]: input.value } as Partial<Preferences>),
    );
  }
  const labels = inputs.map((input, index) =>
    element('label', { class: 'option' }, input, options[index]?.[1] ?? ''),
  );
  const fieldset = element(
    'fieldset',
    {},
    element('legend', {}, title),
    element('div', { class: 'options' }, ...labels),
  );
  return { name, inputs, fieldset };
}

function slider(
  name: 'quality' | 'compression',
  title: string,
  low: string,
  high: string,
  preferences: PreferenceStore,
) {
  const input = element('input', { type: 'range', min: 0, max: 9, step: 1 });
  input.addEventListener('change', () => preferences.change({ [name]: Number(input.value) }));
  const label = element(
    'label',
    { class: 'slider' },
    element('span', {}, title),
    element('small', {}, low),
    input,
    element('small', {}, high),
  );
  return { input, label };
}
