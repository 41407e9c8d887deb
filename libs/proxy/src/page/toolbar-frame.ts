import { byId, element } from './dom.ts';
import { type IconName, icon } from './icons.ts';
import { createMenu, moveFocus } from './menu.ts';

/** What the frame of the tools tells. */
export interface FrameEvents {
  collapse(collapsed: boolean): void;
  /** Something was pressed with the pointer: keys go on to the console. */
  pointerDone(): void;
  explain(why: string): void;
}

/** A tool: its looks, and the right that it needs. */
export interface ToolSpec<R extends string> {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  readonly title: string;
  /** Undefined for what may always be done. */
  readonly needs?: R;
  /** Further classes: `lead` (framed, keeps its name), `common` (loses its name first), `danger`, `apart`, `touch-only`. */
  readonly class?: string;
}

/** What may be done now, by right; a text says why not. */
export type Rights<R extends string> = Readonly<Record<R, string | undefined>>;

/** The row of tools in the head. */
export interface ToolbarFrame<R extends string> {
  /** Adds a tool that does something. */
  push(spec: ToolSpec<R>, action: () => void): HTMLButtonElement;
  /** Adds a tool that opens a panel. */
  opens(spec: ToolSpec<R>, panel: HTMLElement, options?: { arrows?: boolean }): HTMLButtonElement;
  /** Adds the tool that folds the row away; the last one. */
  fold(): void;
  allow(rights: Rights<R>): void;
  setCollapsed(collapsed: boolean): void;
  /** Moves the focus to the first tool that is to be seen. */
  focus(): void;
}

/** Makes the row, without tools; until `allow` nothing that needs a right may be done. */
export function createToolbarFrame<R extends string>(events: FrameEvents): ToolbarFrame<R> {
  const bar = byId('tools');
  const unfold = byId('unfold');
  const tools: { button: HTMLButtonElement; spec: ToolSpec<R> }[] = [];
  let rights: Partial<Rights<R>> | undefined;
  const refused = ({ needs }: ToolSpec<R>) =>
    needs === undefined ? undefined : rights ? rights[needs] : 'Not connected.';

  function add(spec: ToolSpec<R>): HTMLButtonElement {
    const button = element(
      'button',
      { type: 'button', id: spec.id, class: `tool ${spec.class ?? ''}`.trim(), title: spec.title },
      icon(spec.icon),
      element('span', {}, spec.label),
    );
    tools.push({ button, spec });
    bar.append(button);
    return button;
  }
  function push(spec: ToolSpec<R>, action: () => void): HTMLButtonElement {
    const button = add(spec);
    button.addEventListener('click', (event) => {
      const why = refused(spec);
      if (why !== undefined) return events.explain(why);
      action();
      // A click of the keyboard has no count; there the focus stays where it is.
      if (event.detail > 0) events.pointerDone();
    });
    return button;
  }

  unfold.append(icon('down'));
  unfold.title = 'Show the tools (Ctrl+Alt+Shift)';
  unfold.setAttribute('aria-label', 'Show the tools');
  unfold.addEventListener('click', () => events.collapse(false));
  bar.addEventListener('keydown', (event) => {
    if (['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) moveFocus(bar, event);
  });

  return {
    push,
    opens(spec, panel, { arrows = false } = {}) {
      const button = add(spec);
      document.body.append(panel);
      createMenu({ button, panel, arrows, refused: () => refused(spec), explain: events.explain });
      return button;
    },
    fold: () =>
      void push({ id: 'fold', icon: 'up', label: 'Hide', title: 'Hide the tools', class: 'common' }, () =>
        events.collapse(true),
      ),
    allow(now) {
      rights = now;
      for (const { button, spec } of tools) {
        const why = refused(spec);
        button.setAttribute('aria-disabled', String(why !== undefined));
        button.title = why === undefined ? spec.title : `${spec.title} – ${why}`;
      }
    },
    setCollapsed(collapsed) {
      document.documentElement.classList.toggle('collapsed', collapsed);
      unfold.hidden = !collapsed;
    },
    focus() {
      tools.find(({ button }) => button.checkVisibility())?.button.focus();
    },
  };
}
