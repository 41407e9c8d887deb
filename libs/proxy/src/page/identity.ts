import { byId, element } from './dom.ts';
import { type IconName, icon } from './icons.ts';

/** What the head of the page says about the console. */
export interface Identity {
  readonly node: string | undefined;
  /** One or two words, such as `Connected`. */
  readonly state: string;
  readonly tone: 'ok' | 'busy' | 'off';
  /** Why no input goes to the server, as a badge. */
  readonly watching: boolean;
  readonly unverifiedTls: boolean;
}

/** Shows whose console this is, in the head, the window's title and the badges. */
export function showIdentity({ node, state, tone, watching, unverifiedTls }: Identity): void {
  byId('node').textContent = node ?? 'Console';
  byId('node').title = node ?? '';
  const line = byId('state');
  line.textContent = state;
  line.dataset.tone = tone;
  document.title = `${tone === 'ok' ? '' : `${state} – `}${node ? `${node} – ` : ''}Console`;
  byId('badges').replaceChildren(
    ...(watching ? [badge('eye', 'View only', 'Nothing you type or click reaches the server.')] : []),
    ...(unverifiedTls
      ? [
          badge(
            'warning',
            'TLS not verified',
            'The path to the server is encrypted, but nobody checked its certificate.',
          ),
        ]
      : []),
  );
}

function badge(name: IconName, label: string, explanation: string): HTMLElement {
  const made = element(
    'span',
    { class: `badge ${name}`, title: explanation },
    icon(name),
    element('span', {}, label),
  );
  made.append(element('span', { class: 'unseen' }, `: ${explanation}`));
  return made;
}
