import { createToolbarFrame, type FrameEvents, type Rights } from '@consolemesh/proxy/page';

/** What the toolbar's buttons do. */
export interface ToolbarActions extends FrameEvents {
  askPen(): void;
  touchKeys(): void;
  search(): void;
  log(): void;
  fullScreen(): void;
  disconnect(): void;
}

/** Panels that buttons open. */
export interface ToolbarPanels {
  readonly keys: HTMLElement;
  readonly paste: HTMLElement;
  readonly save: HTMLElement;
  readonly people: HTMLElement;
  readonly view: HTMLElement;
  readonly about: HTMLElement;
}

/** What tools need: to type, a console, something in the terminal, a console or an open log. */
type Right = 'input' | 'console' | 'content' | 'log';

export interface Toolbar {
  allow(rights: Rights<Right>): void;
  setCollapsed(collapsed: boolean): void;
  setFullScreen(on: boolean): void;
  setSearch(open: boolean): void;
  setLog(open: boolean): void;
  setTouchKeys(shown: boolean): void;
  /** Somebody else writes and may be asked. */
  setAsking(possible: boolean): void;
  /** How many are here. */
  setPeople(count: number): void;
  /** Opens the panel for pasting. */
  openPaste(): void;
  focus(): void;
}

export function createToolbar(actions: ToolbarActions, panels: ToolbarPanels): Toolbar {
  const frame = createToolbarFrame<Right>(actions);
  const { push, opens } = frame;
  const ask = push(
    {
      ...{ id: 'ask', icon: 'pen', label: 'Ask to write', title: 'Ask whoever writes for the pen' },
      ...{ needs: 'console', class: 'lead' },
    },
    actions.askPen,
  );
  ask.hidden = true;
  const touch = push(
    {
      ...{ id: 'touch', icon: 'touch', label: 'Keyboard', title: 'Show keys that this device lacks' },
      ...{ needs: 'input', class: 'touch-only' },
    },
    actions.touchKeys,
  );
  opens(
    { id: 'keys', icon: 'keys', label: 'Keys', title: 'Send a break and special keys', needs: 'input' },
    panels.keys,
    { arrows: true },
  );
  const paste = opens(
    { id: 'paste', icon: 'paste', label: 'Paste', title: 'Send a text', needs: 'input' },
    panels.paste,
  );
  const search = push(
    {
      id: 'find',
      icon: 'search',
      label: 'Search',
      title: 'Search the terminal (Ctrl+Shift+F)',
      class: 'common',
    },
    actions.search,
  );
  const log = push(
    { id: 'log', icon: 'log', label: 'Log', title: 'Play what was recorded of this console', needs: 'log' },
    actions.log,
  );
  opens(
    { id: 'save', icon: 'save', label: 'Save', title: 'Save what the terminal holds', needs: 'content' },
    panels.save,
  );
  const people = opens(
    { id: 'people', icon: 'people', label: 'People', title: 'Who is here and who writes', needs: 'console' },
    panels.people,
  );
  opens({ id: 'view', icon: 'text', label: 'View', title: 'Letters, size, bell, colours' }, panels.view);
  const full = push(
    { id: 'fullscreen', icon: 'fullscreen', label: 'Full screen', title: 'Full screen', class: 'common' },
    actions.fullScreen,
  );
  opens(
    { id: 'about', icon: 'info', label: 'Help', title: 'Help, session, licences', class: 'common apart' },
    panels.about,
  );
  push(
    {
      ...{ id: 'disconnect', icon: 'power', label: 'Disconnect', title: 'Close this console' },
      ...{ needs: 'console', class: 'danger' },
    },
    actions.disconnect,
  );
  frame.fold();
  const name = people.querySelector('span');

  return {
    allow: frame.allow,
    setCollapsed: frame.setCollapsed,
    setFullScreen: (on) => full.setAttribute('aria-pressed', String(on)),
    setSearch: (open) => search.setAttribute('aria-pressed', String(open)),
    setLog: (open) => log.setAttribute('aria-pressed', String(open)),
    setTouchKeys: (shown) => touch.setAttribute('aria-pressed', String(shown)),
    setAsking(possible) {
      if (ask.hidden !== possible) return;
      if (document.activeElement === ask) people.focus();
      ask.hidden = !possible;
    },
    setPeople(count) {
      const label = count > 1 ? `People ${count}` : 'People';
      if (name && name.textContent !== label) name.textContent = label;
    },
    openPaste() {
      if (panels.paste.hidden) paste.click();
    },
    focus: frame.focus,
  };
}
