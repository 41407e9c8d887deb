import { element } from '@consolemesh/proxy/page';
import { type Combination, type KeyGroup, keyGroups } from '../keys.ts';

/** The menu of keys that a browser or an operating system keeps for itself. It stays open, since firmware wants F2 more than once. */
export function createKeyMenu(
  modifierButtons: readonly HTMLButtonElement[],
  press: (combination: Combination) => void,
): HTMLElement {
  const hold = element(
    'div',
    { class: 'key-group', role: 'group', 'aria-label': 'Hold down' },
    element('h3', {}, 'Hold down'),
    element('div', { class: 'keys' }, ...modifierButtons),
  );
  const groups = keyGroups.map((group) => groupOf(group, press));
  return element(
    'div',
    { id: 'key-menu', class: 'panel key-menu', role: 'menu', 'aria-label': 'Keys' },
    hold,
    ...groups,
  );
}

function groupOf(
  { title, hint, combinations }: KeyGroup,
  press: (combination: Combination) => void,
): HTMLElement {
  const items = combinations.map((combination) => {
    const item = element('button', { type: 'button', role: 'menuitem', class: 'key' }, combination.label);
    if (combination.short) item.append(element('small', {}, combination.short));
    if (combination.hint) item.title = combination.hint;
    if (combination.hint) item.setAttribute('aria-label', `${combination.label}, ${combination.hint}`);
    item.addEventListener('click', () => press(combination));
    return item;
  });
  const heading = element('h3', {}, title);
  if (hint) heading.append(element('small', {}, hint));
  return element(
    'div',
    { class: 'key-group', role: 'group', 'aria-label': title },
    heading,
    element('div', { class: 'keys' }, ...items),
  );
}
