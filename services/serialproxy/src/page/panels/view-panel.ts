import {
  bellChoices,
  createRadioGroup,
  element,
  type PreferenceStore,
  themeChoices,
} from '@consolemesh/proxy/page';
import { fontSizes, type Preferences } from '../preferences.ts';

/** The panel for how things look and sound, and how fast a paste goes. */
export interface ViewPanel {
  readonly panel: HTMLElement;
  show(now: Preferences): void;
}

const lineSizes = [
  ['window', 'Window'],
  ['80x24', '80×24'],
  ['80x25', '80×25'],
  ['100x31', '100×31'],
  ['132x43', '132×43'],
] as const;
const pastes = [
  ['slow', 'Slow'],
  ['normal', 'Normal'],
  ['fast', 'Fast'],
] as const;

export function createViewPanel(preferences: PreferenceStore<Preferences>): ViewPanel {
  const { change } = preferences;
  const line = createRadioGroup('line-size', 'Size of the line while you write', lineSizes, (lineSize) =>
    change({ lineSize }),
  );
  const pace = createRadioGroup('paste', 'Pasting', pastes, (paste) => change({ paste }));
  const bell = createRadioGroup('bell', 'Bell', bellChoices, (how) => change({ bell: how }));
  const theme = createRadioGroup('theme', 'Page', themeChoices, (look) => change({ theme: look }));
  const font = element('input', {
    type: 'range',
    min: 0,
    max: fontSizes.length - 1,
    step: 1,
    'data-first': true,
  });
  font.addEventListener('input', () => change({ fontSize: fontSizes[Number(font.value)] ?? 15 }));
  const aloud = element('input', { type: 'checkbox' });
  aloud.addEventListener('change', () => change({ readAloud: aloud.checked }));
  const panel = element(
    'div',
    { id: 'view-panel', class: 'panel', role: 'dialog', 'aria-label': 'View' },
    element(
      'label',
      { class: 'slider' },
      element('span', {}, 'Letters'),
      element('small', {}, 'smaller'),
      font,
      element('small', {}, 'larger'),
    ),
    line.fieldset,
    pace.fieldset,
    bell.fieldset,
    theme.fieldset,
    element('label', { class: 'check' }, aloud, 'Read aloud: the terminal speaks to screen readers'),
  );
  return {
    panel,
    show(now) {
      font.value = String(fontSizes.indexOf(now.fontSize));
      font.setAttribute('aria-valuetext', `${now.fontSize} pixels`);
      line.show(now.lineSize);
      pace.show(now.paste);
      bell.show(now.bell);
      theme.show(now.theme);
      aloud.checked = now.readAloud;
    },
  };
}
