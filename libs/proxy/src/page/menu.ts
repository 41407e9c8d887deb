import { focusable } from './dom.ts';

/** A panel that a button opens and closes. */
export interface Menu {
  open(): void;
  close(): void;
  readonly isOpen: boolean;
}

export interface MenuOptions {
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  /** Arrow keys move between its items, as in a menu; otherwise they belong to the fields inside. */
  readonly arrows: boolean;
  /** Says why it may not open now; undefined = it may. */
  readonly refused?: () => string | undefined;
  readonly explain?: (why: string) => void;
  readonly opened?: () => void;
}

let current: Menu | undefined;

/** Closes whatever panel is open. */
export function closeMenu(): void {
  current?.close();
}

/** Makes `button` open `panel`: one at a time, closed by Esc (focus returns), a click elsewhere or the focus leaving. */
export function createMenu(options: MenuOptions): Menu {
  const { button, panel } = options;
  let isOpen = false;
  panel.hidden = true;
  button.setAttribute('aria-expanded', 'false');
  button.setAttribute('aria-controls', panel.id);
  button.setAttribute('aria-haspopup', panel.getAttribute('role') === 'menu' ? 'menu' : 'dialog');

  const inside = (target: EventTarget | null) =>
    target instanceof Node && (panel.contains(target) || button.contains(target));

  const menu: Menu = {
    get isOpen() {
      return isOpen;
    },
    open() {
      const why = options.refused?.();
      if (why !== undefined) return options.explain?.(why);
      closeMenu();
      current = menu;
      isOpen = true;
      panel.hidden = false;
      button.setAttribute('aria-expanded', 'true');
      place(button, panel);
      options.opened?.();
      (panel.querySelector<HTMLElement>('[data-first]') ?? focusable(panel)[0])?.focus({
        preventScroll: true,
      });
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      if (current === menu) current = undefined;
      const hadFocus = panel.contains(document.activeElement);
      panel.hidden = true;
      button.setAttribute('aria-expanded', 'false');
      if (hadFocus) button.focus();
    },
  };

  button.addEventListener('click', () => (isOpen ? menu.close() : menu.open()));
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      menu.close();
    } else if (options.arrows) moveFocus(panel, event);
  });
  button.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') menu.close();
    if (event.key === 'ArrowDown' && options.arrows) {
      event.preventDefault();
      menu.open();
    }
  });
  panel.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !inside(relatedTarget)) menu.close();
  });
  document.addEventListener('pointerdown', ({ target }) => !inside(target) && menu.close(), true);
  window.addEventListener('resize', () => isOpen && place(button, panel));
  return menu;
}

/** Left/right and up/down step through the items, Home and End jump. */
export function moveFocus(root: HTMLElement, event: KeyboardEvent): void {
  const items = focusable(root);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const step = steps[event.key];
  const target =
    event.key === 'Home'
      ? items[0]
      : event.key === 'End'
        ? items.at(-1)
        : step && items[(at + step + items.length) % items.length];
  if (!target) return;
  event.preventDefault();
  target.focus();
}

/** Under its button, inside the window; narrow windows show it as a sheet, which the style sheet places. */
function place(button: HTMLElement, panel: HTMLElement): void {
  const { left, bottom } = button.getBoundingClientRect();
  const room = document.documentElement.clientWidth - panel.offsetWidth - 8;
  panel.style.setProperty('--left', `${Math.max(8, Math.min(left, room))}px`);
  panel.style.setProperty('--top', `${bottom + 6}px`);
}
