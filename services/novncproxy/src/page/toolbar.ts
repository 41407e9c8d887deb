import { byId, element } from './dom.ts';
import { type IconName, icon } from './icons.ts';
import { createMenu, moveFocus } from './menu.ts';

/** What the toolbar's buttons do. */
export interface ToolbarActions {
  ctrlAltDel(): void;
  fullScreen(): void;
  screenshot(): void;
  touchKeyboard(): void;
  drag(on: boolean): void;
  disconnect(): void;
  collapse(collapsed: boolean): void;
  /** Something was pressed with the pointer: keys go on to the console. */
  pointerDone(): void;
  explain(why: string): void;
}

/** Panels that buttons open. */
export interface ToolbarPanels {
  readonly keys: HTMLElement;
  readonly text: HTMLElement;
  readonly clipboard: HTMLElement;
  readonly picture: HTMLElement;
  readonly about: HTMLElement;
}

/** What may be done now; a text says why not. */
export interface ToolbarRights {
  readonly input: string | undefined;
  readonly screen: string | undefined;
}

export interface Toolbar {
  allow(rights: ToolbarRights): void;
  setCollapsed(collapsed: boolean): void;
  setFullScreen(on: boolean): void;
  setClipping(clipping: boolean): void;
  setTouchKeyboard(shown: boolean): void;
  /** Moves the focus to the first tool, unfolding the toolbar where needed. */
  focus(): void;
}

interface Tool {
  readonly button: HTMLButtonElement;
  readonly needs: keyof ToolbarRights | undefined;
  readonly title: string;
}

export function createToolbar(actions: ToolbarActions, panels: ToolbarPanels): Toolbar {
  const bar = byId('tools');
  const unfold = byId('unfold');
  const tools: Tool[] = [];
  let rights: ToolbarRights = { input: 'Not connected.', screen: 'Not connected.' };
  const refused = (needs: Tool['needs']) => (needs ? rights[needs] : undefined);

  function tool(
    id: string,
    name: IconName,
    label: string,
    title: string,
    needs: Tool['needs'],
  ): HTMLButtonElement {
    const button = element(
      'button',
      { type: 'button', id, class: 'tool', title },
      icon(name),
      element('span', {}, label),
    );
    tools.push({ button, needs, title });
    bar.append(button);
    return button;
  }
  function push(button: HTMLButtonElement, needs: Tool['needs'], action: () => void): HTMLButtonElement {
    button.addEventListener('click', (event) => {
      const why = refused(needs);
      if (why !== undefined) return actions.explain(why);
      action();
      // A click of the keyboard has no count; there the focus stays where it is.
      if (event.detail > 0) actions.pointerDone();
    });
    return button;
  }
  function opens(button: HTMLButtonElement, panel: HTMLElement, needs: Tool['needs'], arrows = false): void {
    document.body.append(panel);
    createMenu({ button, panel, arrows, refused: () => refused(needs), explain: actions.explain });
  }

  push(
    tool('ctrl-alt-del', 'power', 'Ctrl+Alt+Del', 'Send Ctrl+Alt+Del', 'input'),
    'input',
    actions.ctrlAltDel,
  )
    .querySelector('svg')
    ?.remove();
  const touch = push(
    tool('touch', 'touch', 'Keyboard', 'Show the keyboard of this device', 'input'),
    'input',
    actions.touchKeyboard,
  );
  opens(tool('keys', 'keys', 'Keys', 'Send special keys', 'input'), panels.keys, 'input', true);
  opens(tool('text', 'type', 'Type text', 'Type a text key by key', 'input'), panels.text, 'input');
  opens(
    tool('clipboard', 'clipboard', 'Clipboard', 'Clipboard of the server', 'input'),
    panels.clipboard,
    'input',
  );
  opens(
    tool('picture', 'picture', 'Picture', 'Size, quality, bell, colours of the page', undefined),
    panels.picture,
    undefined,
  );
  const full = push(
    tool('fullscreen', 'fullscreen', 'Full screen', 'Full screen', undefined),
    undefined,
    actions.fullScreen,
  );
  push(
    tool('screenshot', 'camera', 'Screenshot', 'Save a picture of the screen', 'screen'),
    'screen',
    actions.screenshot,
  );
  const drag = tool('drag', 'hand', 'Move', 'Move the picture with finger or mouse', undefined);
  drag.hidden = true;
  drag.setAttribute('aria-pressed', 'false');
  push(drag, undefined, () => {
    const on = drag.getAttribute('aria-pressed') !== 'true';
    drag.setAttribute('aria-pressed', String(on));
    actions.drag(on);
  });
  opens(tool('about', 'info', 'Help', 'Help, session, licences', undefined), panels.about, undefined);
  push(
    tool('disconnect', 'power', 'Disconnect', 'Close this console', 'screen'),
    'screen',
    actions.disconnect,
  ).classList.add('danger');
  push(tool('fold', 'up', 'Hide', 'Hide the tools', undefined), undefined, () => actions.collapse(true));
  unfold.append(icon('down'));
  unfold.title = 'Show the tools (Ctrl+Alt+Shift)';
  unfold.setAttribute('aria-label', 'Show the tools');
  unfold.addEventListener('click', () => actions.collapse(false));
  bar.addEventListener('keydown', (event) => {
    if (
      event.key === 'ArrowLeft' ||
      event.key === 'ArrowRight' ||
      event.key === 'Home' ||
      event.key === 'End'
    ) {
      moveFocus(bar, event);
    }
  });

  return {
    allow(now) {
      rights = now;
      for (const { button, needs, title } of tools) {
        const why = refused(needs);
        button.setAttribute('aria-disabled', String(why !== undefined));
        button.title = why === undefined ? title : `${title} – ${why}`;
      }
    },
    setCollapsed(collapsed) {
      document.documentElement.classList.toggle('collapsed', collapsed);
      unfold.hidden = !collapsed;
    },
    setFullScreen: (on) => full.setAttribute('aria-pressed', String(on)),
    setClipping(clipping) {
      drag.hidden = !clipping;
      if (!clipping) drag.setAttribute('aria-pressed', 'false');
    },
    setTouchKeyboard: (shown) => touch.setAttribute('aria-pressed', String(shown)),
    focus() {
      const first = [...tools].find(({ button }) => button.checkVisibility());
      first?.button.focus();
    },
  };
}
