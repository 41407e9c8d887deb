import { element } from '@consolemesh/proxy/page';
import type { PasteState } from '../paster.ts';

/** The panel that takes a text to paste, and asks before several lines go. */
export interface PastePanel {
  readonly panel: HTMLElement;
  show(state: PasteState): void;
  clear(): void;
}

/** So much of a text is shown before it goes, characters. */
const mostShown = 4_000;

export function createPastePanel(actions: {
  request(text: string): void;
  confirm(): void;
  stop(): void;
}): PastePanel {
  const field = element('textarea', {
    id: 'text-to-paste',
    rows: 5,
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    placeholder: 'Paste or write here',
    'data-first': true,
  });
  const send = element('button', { type: 'button', class: 'primary' }, 'Send');
  const title = element('h3', {});
  const preview = element('pre', { tabindex: 0, 'aria-label': 'What would be sent' });
  const confirm = element('button', { type: 'button', class: 'primary' }, 'Send these lines');
  const cancel = element('button', { type: 'button', class: 'plain' }, 'Cancel');
  const write = element(
    'div',
    { class: 'paste-part' },
    element('label', { for: 'text-to-paste' }, 'Text to send to the console'),
    field,
    element('div', { class: 'row' }, send),
    element('p', { class: 'note' }, 'Each end of a line presses Enter. The pace is set under View.'),
  );
  const ask = element(
    'div',
    { class: 'paste-part', hidden: true },
    title,
    preview,
    element('div', { class: 'row' }, confirm, cancel),
  );
  const panel = element(
    'div',
    { id: 'paste-panel', class: 'panel', role: 'dialog', 'aria-label': 'Paste' },
    write,
    ask,
  );
  const submit = () => {
    if (field.value === '') return;
    const text = field.value;
    // What was sent may be a password.
    field.value = '';
    actions.request(text);
  };
  send.addEventListener('click', submit);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
  });
  confirm.addEventListener('click', actions.confirm);
  cancel.addEventListener('click', actions.stop);
  return {
    panel,
    show(state) {
      const asking = state.kind === 'asking';
      const turned = asking === ask.hidden;
      write.hidden = asking;
      ask.hidden = !asking;
      if (!asking) {
        preview.textContent = '';
        return;
      }
      const { text, lines } = state;
      title.textContent = `${lines === 1 ? 'One line' : `${lines.toLocaleString('en')} lines`}, ${text.length.toLocaleString('en')} characters. Each line end presses Enter.`;
      preview.textContent =
        text.length > mostShown ? `${text.slice(0, mostShown)}\n… and ${text.length - mostShown} more` : text;
      if (turned) confirm.focus();
    },
    clear: () => {
      field.value = '';
    },
  };
}
