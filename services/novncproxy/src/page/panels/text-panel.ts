import { element, type PreferenceStore } from '@consolemesh/proxy/page';
import type { SendKey } from '../keys.ts';
import type { Preferences } from '../preferences.ts';
import { longestText, typeText, typingPauseMs } from '../type-text.ts';

/** The panel that types a text as keystrokes: for login prompts and long commands, where there is no clipboard. */
export interface TextPanel {
  readonly panel: HTMLElement;
  /** Stops typing, since the console went away. */
  stop(): void;
}

export function createTextPanel(send: SendKey, preferences: PreferenceStore<Preferences>): TextPanel {
  const parts = build();
  const { field, enter, speed, sendButton, stopButton, status, panel } = parts;
  let running: AbortController | undefined;

  async function run(): Promise<void> {
    const text = field.value + (enter.checked ? '\n' : '');
    if (!text || running) return;
    running = new AbortController();
    sendButton.disabled = true;
    stopButton.disabled = false;
    const typed = await typeText(text, {
      send,
      pauseMs: typingPauseMs[preferences.get().typing],
      signal: running.signal,
      progress: (done, total) => {
        status.textContent = `${done} of ${total} characters`;
      },
    });
    const stopped = running.signal.aborted;
    running = undefined;
    sendButton.disabled = false;
    stopButton.disabled = true;
    status.textContent = stopped ? `Stopped after ${typed} characters.` : `Typed ${typed} characters.`;
    // What was typed may be a password.
    if (!stopped) field.value = '';
  }

  speed.value = preferences.get().typing;
  speed.addEventListener('change', () =>
    preferences.change({ typing: speed.value as 'slow' | 'normal' | 'fast' }),
  );
  sendButton.addEventListener('click', () => void run());
  stopButton.addEventListener('click', () => running?.abort());
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void run();
  });
  return {
    panel,
    stop: () => {
      running?.abort();
      field.value = '';
    },
  };
}

function build() {
  const field = element('textarea', {
    id: 'text-to-type',
    rows: 4,
    maxlength: longestText,
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    placeholder: 'Paste or write here',
    'data-first': true,
  });
  const enter = element('input', { type: 'checkbox', id: 'text-enter' });
  const speed = element(
    'select',
    { id: 'text-speed' },
    element('option', { value: 'slow' }, 'slow'),
    element('option', { value: 'normal' }, 'normal'),
    element('option', { value: 'fast' }, 'fast'),
  );
  const sendButton = element('button', { type: 'button', class: 'primary' }, 'Send');
  const stopButton = element('button', { type: 'button', class: 'plain', disabled: true }, 'Stop');
  const status = element('p', { class: 'note', role: 'status' });
  const panel = element(
    'div',
    { id: 'text-panel', class: 'panel', role: 'dialog', 'aria-label': 'Type text' },
    element('label', { for: 'text-to-type' }, 'Text to type into the console'),
    field,
    element(
      'div',
      { class: 'row' },
      element('label', { class: 'check' }, enter, 'Enter at the end'),
      element('label', { class: 'check' }, 'Speed', speed),
    ),
    element('div', { class: 'row' }, sendButton, stopButton, status),
    element(
      'p',
      { class: 'note' },
      'Sent key by key as on a US keyboard. Cleared once it is sent. Slow down if letters get lost.',
    ),
  );
  return { field, enter, speed, sendButton, stopButton, status, panel };
}
