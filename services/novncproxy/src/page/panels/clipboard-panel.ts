import { element } from '@consolemesh/proxy/page';

/** The clipboard of the server, where it has one. */
export interface ClipboardPanel {
  readonly panel: HTMLElement;
  /** Shows what the server copied. */
  received(text: string): void;
  clear(): void;
}

/** Longest text that is handed to the server or shown, characters. */
const longestClip = 256 * 1024;

export function createClipboardPanel(paste: (text: string) => void): ClipboardPanel {
  const field = element('textarea', {
    id: 'clipboard-text',
    rows: 5,
    maxlength: longestClip,
    spellcheck: 'false',
    autocomplete: 'off',
    'data-first': true,
  });
  const give = element('button', { type: 'button', class: 'primary' }, 'Give to the console');
  const copy = element('button', { type: 'button', class: 'plain' }, 'Copy');
  const status = element('p', { class: 'note', role: 'status' });
  give.addEventListener('click', () => {
    paste(field.value);
    status.textContent = 'Given. Paste it inside the console.';
  });
  copy.addEventListener('click', () => {
    field.select();
    // The older call also works without a secure context.
    const done = navigator.clipboard?.writeText(field.value) ?? Promise.reject(new Error('no clipboard'));
    done.then(
      () => {
        status.textContent = 'Copied.';
      },
      () => {
        status.textContent = document.execCommand('copy')
          ? 'Copied.'
          : 'Selected; copy it with the keyboard.';
      },
    );
  });
  const panel = element(
    'div',
    { id: 'clipboard-panel', class: 'panel', role: 'dialog', 'aria-label': 'Clipboard' },
    element('label', { for: 'clipboard-text' }, 'Clipboard of the console'),
    field,
    element('div', { class: 'row' }, give, copy, status),
    element(
      'p',
      { class: 'note' },
      'Needs a desktop on the server that shares its clipboard. Firmware and text consoles do not: use “Type text”.',
    ),
  );
  return {
    panel,
    received: (text) => {
      field.value = text.slice(0, longestClip);
      status.textContent = 'Copied on the server.';
    },
    clear: () => {
      field.value = '';
      status.textContent = '';
    },
  };
}
