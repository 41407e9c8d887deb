import { createToolbarFrame, type FrameEvents, type Rights } from '@consolemesh/proxy/page';

/** What the toolbar's buttons do. */
export interface ToolbarActions extends FrameEvents {
  ctrlAltDel(): void;
  fullScreen(): void;
  screenshot(): void;
  touchKeyboard(): void;
  drag(on: boolean): void;
  disconnect(): void;
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
export type ToolbarRights = Rights<'input' | 'screen'>;

export interface Toolbar {
  allow(rights: ToolbarRights): void;
  setCollapsed(collapsed: boolean): void;
  setFullScreen(on: boolean): void;
  setClipping(clipping: boolean): void;
  setTouchKeyboard(shown: boolean): void;
  /** Moves the focus to the first tool, unfolding the toolbar where needed. */
  focus(): void;
}

export function createToolbar(actions: ToolbarActions, panels: ToolbarPanels): Toolbar {
  const frame = createToolbarFrame<'input' | 'screen'>(actions);
  const { push, opens } = frame;
  const input = { needs: 'input' } as const;

  push(
    {
      ...{ id: 'ctrl-alt-del', icon: 'power', label: 'Ctrl+Alt+Del', title: 'Send Ctrl+Alt+Del' },
      ...{ needs: 'input', class: 'lead' },
    },
    actions.ctrlAltDel,
  )
    .querySelector('svg')
    ?.remove();
  const touch = push(
    {
      ...{ id: 'touch', icon: 'touch', label: 'Keyboard', title: 'Show the keyboard of this device' },
      ...{ needs: 'input', class: 'touch-only' },
    },
    actions.touchKeyboard,
  );
  opens({ id: 'keys', icon: 'keys', label: 'Keys', title: 'Send special keys', ...input }, panels.keys, {
    arrows: true,
  });
  opens(
    { id: 'text', icon: 'type', label: 'Type text', title: 'Type a text key by key', ...input },
    panels.text,
  );
  opens(
    { id: 'clipboard', icon: 'clipboard', label: 'Clipboard', title: 'Clipboard of the server', ...input },
    panels.clipboard,
  );
  opens(
    { id: 'picture', icon: 'picture', label: 'Picture', title: 'Size, quality, bell, colours of the page' },
    panels.picture,
  );
  const full = push(
    { id: 'fullscreen', icon: 'fullscreen', label: 'Full screen', title: 'Full screen', class: 'common' },
    actions.fullScreen,
  );
  push(
    {
      ...{ id: 'screenshot', icon: 'camera', label: 'Screenshot', title: 'Save a picture of the screen' },
      ...{ needs: 'screen', class: 'common' },
    },
    actions.screenshot,
  );
  const drag = push(
    { id: 'drag', icon: 'hand', label: 'Move', title: 'Move the picture with finger or mouse' },
    () => {
      const on = drag.getAttribute('aria-pressed') !== 'true';
      drag.setAttribute('aria-pressed', String(on));
      actions.drag(on);
    },
  );
  drag.hidden = true;
  drag.setAttribute('aria-pressed', 'false');
  opens(
    {
      ...{ id: 'about', icon: 'info', label: 'Help', title: 'Help, session, licences' },
      class: 'common apart',
    },
    panels.about,
  );
  push(
    {
      ...{ id: 'disconnect', icon: 'power', label: 'Disconnect', title: 'Close this console' },
      ...{ needs: 'screen', class: 'danger' },
    },
    actions.disconnect,
  );
  frame.fold();

  return {
    allow: frame.allow,
    setCollapsed: frame.setCollapsed,
    setFullScreen: (on) => full.setAttribute('aria-pressed', String(on)),
    setClipping(clipping) {
      drag.hidden = !clipping;
      if (!clipping) drag.setAttribute('aria-pressed', 'false');
    },
    setTouchKeyboard: (shown) => touch.setAttribute('aria-pressed', String(shown)),
    focus: frame.focus,
  };
}
