import {
  bellChoices,
  createRadioGroup,
  element,
  type PreferenceStore,
  themeChoices,
} from '@consolemesh/proxy/page';
import type { Preferences } from '../preferences.ts';

/** The panel for how things look and sound. */
export interface PicturePanel {
  readonly panel: HTMLElement;
  /** Shows what is in force, and whether watching only is a choice or all there is. */
  show(preferences: Preferences, watching: 'by-role' | 'by-choice' | 'no'): void;
}

const sizes = [
  ['fit', 'Fit window'],
  ['actual', 'True pixels'],
  ['remote', 'Ask server'],
] as const;

/** @param watch the operator wants to watch without touching, or no longer */
export function createPicturePanel(
  preferences: PreferenceStore<Preferences>,
  watch: (only: boolean) => void,
): PicturePanel {
  const size = createRadioGroup('scaling', 'Size', sizes, (scaling) => preferences.change({ scaling }));
  const bell = createRadioGroup('bell', 'Bell', bellChoices, (how) => preferences.change({ bell: how }));
  const theme = createRadioGroup('theme', 'Page', themeChoices, (look) =>
    preferences.change({ theme: look }),
  );
  const quality = slider('quality', 'Quality', 'smaller', 'better', preferences);
  const compression = slider('compression', 'Compression', 'less', 'more', preferences);
  const dot = element('input', { type: 'checkbox' });
  const watching = element('input', { type: 'checkbox' });
  dot.addEventListener('change', () => preferences.change({ dot: dot.checked }));
  watching.addEventListener('change', () => watch(watching.checked));
  const panel = element(
    'div',
    { id: 'picture-panel', class: 'panel', role: 'dialog', 'aria-label': 'Picture and page' },
    size.fieldset,
    quality.label,
    compression.label,
    element('p', { class: 'note' }, 'Used where the server sends compressed pictures.'),
    element('label', { class: 'check' }, dot, 'Show a dot where the server shows no pointer'),
    element('label', { class: 'check' }, watching, 'Watch only: send no keys and no pointer'),
    bell.fieldset,
    theme.fieldset,
  );
  return {
    panel,
    show(now, watchState) {
      size.show(now.scaling);
      bell.show(now.bell);
      theme.show(now.theme);
      quality.input.value = String(now.quality);
      compression.input.value = String(now.compression);
      dot.checked = now.dot;
      watching.checked = watchState !== 'no';
      watching.disabled = watchState === 'by-role';
    },
  };
}

function slider(
  name: 'quality' | 'compression',
  title: string,
  low: string,
  high: string,
  preferences: PreferenceStore<Preferences>,
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
