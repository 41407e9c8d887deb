import { byId, element } from '@consolemesh/proxy/page';

/** The line that searches the terminal. */
export interface SearchBar {
  toggle(): void;
  open(): void;
  close(): void;
  found(at: number, count: number): void;
}

export function createSearchBar(actions: {
  find(text: string, forward: boolean, fresh: boolean): void;
  /** Searching is over: the keyboard goes back. */
  end(): void;
  shown(open: boolean): void;
}): SearchBar {
  const bar = byId('search');
  const field = element('input', {
    type: 'search',
    'aria-label': 'Search the terminal',
    placeholder: 'Search the terminal',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const result = element('output', {});
  const button = (label: string, act: () => void) => {
    const made = element('button', { type: 'button' }, label);
    made.addEventListener('click', act);
    return made;
  };
  const go = (forward: boolean) => field.value !== '' && actions.find(field.value, forward, false);
  bar.append(
    field,
    button('Previous', () => go(false)),
    button('Next', () => go(true)),
    button('Close', () => close()),
    result,
  );
  const show = (open: boolean) => {
    bar.hidden = !open;
    actions.shown(open);
  };
  const open = () => {
    show(true);
    field.focus();
    field.select();
  };
  const close = () => {
    if (bar.hidden) return;
    show(false);
    result.textContent = '';
    actions.end();
  };
  field.addEventListener('input', () => {
    if (field.value === '') result.textContent = '';
    actions.find(field.value, false, true);
  });
  bar.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && event.target === field) go(event.shiftKey);
  });
  return {
    open,
    close,
    toggle: () => (bar.hidden ? open() : close()),
    found(at, count) {
      if (field.value === '') return;
      result.textContent =
        count === 0 ? 'Nothing found' : at < 0 ? `${count} or more` : `${at + 1} of ${count}`;
    },
  };
}
