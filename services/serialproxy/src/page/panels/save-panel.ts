import { element } from '@consolemesh/proxy/page';

/** The panel that saves what the terminal holds. */
export interface SavePanel {
  readonly panel: HTMLElement;
  show(from: { readonly cut: boolean }): void;
}

export function createSavePanel(actions: { text(): void; raw(): void; copy(): void }): SavePanel {
  const button = (label: string, look: string, act: () => void) => {
    const made = element('button', { type: 'button', class: look }, label);
    made.addEventListener('click', act);
    return made;
  };
  const cut = element(
    'p',
    { class: 'note', hidden: true },
    'Only the newest 4 MB of bytes are kept by this page.',
  );
  const panel = element(
    'div',
    { id: 'save-panel', class: 'panel', role: 'dialog', 'aria-label': 'Save' },
    element('h3', {}, 'What the terminal holds'),
    element(
      'div',
      { class: 'row' },
      button('Save as text', 'primary', actions.text),
      button('Save the bytes', 'plain', actions.raw),
      button('Copy the selection', 'plain', actions.copy),
    ),
    element(
      'p',
      { class: 'note' },
      'The text is screen and scrollback; the bytes are what came since this page connected.',
    ),
    cut,
  );
  return {
    panel,
    show: (from) => {
      cut.hidden = !from.cut;
    },
  };
}
