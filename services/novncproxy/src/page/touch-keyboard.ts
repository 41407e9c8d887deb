import { element } from '@consolemesh/proxy/page';
import { type Key, keys, type SendKey } from './keys.ts';
import { strokesOf } from './type-text.ts';

/** The device's own keyboard, shown by giving the focus to a text field nobody sees. */
export interface TouchKeyboard {
  toggle(): void;
  hide(): void;
}

/** The field is never empty, since an empty field reports no Backspace. */
const filling = '_'.repeat(80);

/** Named keys of a real keyboard while the field has the focus; characters, Enter and Backspace come as changes of the text. */
const namedKeys: Readonly<Record<string, Key>> = {
  Escape: keys.escape,
  Tab: keys.tab,
  ArrowLeft: keys.left,
  ArrowRight: keys.right,
  ArrowUp: keys.up,
  ArrowDown: keys.down,
  Home: keys.home,
  End: keys.end,
  PageUp: keys.pageUp,
  PageDown: keys.pageDown,
  Delete: keys.delete,
};

/**
 * @param strip the row of keys that touch keyboards lack; shown together with the keyboard
 * @param changed hears whether it is shown
 */
export function createTouchKeyboard(
  strip: HTMLElement,
  modifierKeys: readonly HTMLElement[],
  send: SendKey,
  changed: (shown: boolean) => void,
): TouchKeyboard {
  const field = element('textarea', {
    class: 'touch-field',
    'aria-label': 'Keys for the console',
    autocapitalize: 'off',
    autocomplete: 'off',
    autocorrect: 'off',
    spellcheck: 'false',
    tabindex: -1,
  });
  document.body.append(field);
  let shown = false;

  function press({ keysym, code }: Key): void {
    send(keysym, code, true);
    send(keysym, code, false);
  }
  function show(next: boolean): void {
    shown = next;
    strip.hidden = !next;
    if (next) {
      refill(field);
      field.focus({ preventScroll: true });
    } else field.blur();
    changed(next);
  }
  field.addEventListener('input', (event) => {
    if ((event as InputEvent).isComposing) return;
    pressDifference(field, send);
  });
  field.addEventListener('compositionend', () => pressDifference(field, send));
  field.addEventListener('keydown', (event) => {
    const named = namedKeys[event.key];
    if (!named) return;
    event.preventDefault();
    press(named);
  });
  buildStrip(strip, modifierKeys, press);
  // A tap on the strip must not take the focus from the field, or the keyboard would fold.
  strip.addEventListener('pointerdown', (event) => event.preventDefault());
  return { toggle: () => show(!shown), hide: () => shown && show(false) };
}

function buildStrip(
  strip: HTMLElement,
  modifierKeys: readonly HTMLElement[],
  press: (key: Key) => void,
): void {
  const plain: [string, Key][] = [
    ['Esc', keys.escape],
    ['Tab', keys.tab],
    ['←', keys.left],
    ['↑', keys.up],
    ['↓', keys.down],
    ['→', keys.right],
  ];
  const names: Record<string, string> = { '←': 'Left', '↑': 'Up', '↓': 'Down', '→': 'Right' };
  const buttons = plain.map(([label, key]) => {
    const button = element('button', { type: 'button', class: 'key', 'aria-label': names[label] }, label);
    button.addEventListener('click', () => press(key));
    return button;
  });
  // The first eight fit a phone held upright.
  const [control, alt, ...others] = modifierKeys;
  const common = [control, alt].filter((one) => one !== undefined);
  strip.append(...buttons.slice(0, 2), ...common, ...buttons.slice(2), ...others);
}

function refill(field: HTMLTextAreaElement): void {
  field.value = filling;
  field.setSelectionRange(filling.length, filling.length);
}

/** What left the end of the text is Backspaces, what came is typed. Autocorrection looks like both. */
function pressDifference(field: HTMLTextAreaElement, send: SendKey): void {
  const { value } = field;
  let same = 0;
  while (same < filling.length && value[same] === filling[same]) same += 1;
  for (let gone = same; gone < filling.length; gone += 1) {
    send(keys.backspace.keysym, keys.backspace.code, true);
    send(keys.backspace.keysym, keys.backspace.code, false);
  }
  for (const stroke of strokesOf(value.slice(same))) {
    for (const { keysym, code } of stroke) send(keysym, code, true);
    for (const { keysym, code } of stroke.toReversed()) send(keysym, code, false);
  }
  refill(field);
}
