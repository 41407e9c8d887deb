import { element } from './dom.ts';

/** Something that can be sent, as the operator reads it. */
export interface KeyItem {
  readonly label: string;
  /** What it is good for, where the label does not say. */
  readonly hint?: string;
  /** The same in a word, shown beside the label where a mistake would hurt. */
  readonly short?: string;
}

/** A group of the key menu. */
export interface KeyGroup<I extends KeyItem> {
  readonly title: string;
  readonly items: readonly I[];
  readonly hint?: string;
}

/**
 * The menu of what a browser, an operating system or a small keyboard cannot send. It stays open, since firmware wants F2 more than once.
 * `hold`: buttons that hold a key down.
 */
export function createKeyMenu<I extends KeyItem>(
  groups: readonly KeyGroup<I>[],
  press: (item: I) => void,
  hold: readonly HTMLButtonElement[] = [],
): HTMLElement {
  const held = element(
    'div',
    { class: 'key-group', role: 'group', 'aria-label': 'Hold down' },
    element('h3', {}, 'Hold down'),
    element('div', { class: 'keys' }, ...hold),
  );
  return element(
    'div',
    { id: 'key-menu', class: 'panel key-menu', role: 'menu', 'aria-label': 'Keys' },
    ...(hold.length > 0 ? [held] : []),
    ...groups.map((group) => groupOf(group, press)),
  );
}

function groupOf<I extends KeyItem>(
  { title, hint, items }: KeyGroup<I>,
  press: (item: I) => void,
): HTMLElement {
  const buttons = items.map((item) => {
    const button = element('button', { type: 'button', role: 'menuitem', class: 'key' }, item.label);
    if (item.short) button.append(element('small', {}, item.short));
    if (item.hint) button.title = item.hint;
    if (item.hint) button.setAttribute('aria-label', `${item.label}, ${item.hint}`);
    button.addEventListener('click', () => press(item));
    return button;
  });
  const heading = element('h3', {}, title);
  if (hint) heading.append(element('small', {}, hint));
  return element(
    'div',
    { class: 'key-group', role: 'group', 'aria-label': title },
    heading,
    element('div', { class: 'keys' }, ...buttons),
  );
}
