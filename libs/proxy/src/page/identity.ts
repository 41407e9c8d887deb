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
  /** Further badges, which come first. */
  readonly badges?: readonly Badge[];
}

/** A fact in a few words. */
export interface Badge {
  readonly icon: IconName;
  readonly label: string;
  readonly explanation: string;
}

/** Shows whose console this is, in the head, the window's title and the badges. */
export function showIdentity(identity: Identity): void {
  const { node, state, tone, watching, unverifiedTls, badges = [] } = identity;
  byId('node').textContent = node ?? 'Console';
  byId('node').title = node ?? '';
  const line = byId('state');
  line.textContent = state;
  line.dataset.tone = tone;
  document.title = `${tone === 'ok' ? '' : `${state} – `}${node ? `${node} – ` : ''}Console`;
  const all = [...badges, ...(watching ? [viewOnly] : []), ...(unverifiedTls ? [notVerified] : [])];
  const wanted = JSON.stringify(all);
  const place = byId('badges');
  // The same ones again stay: a live region would be read out anew.
  if (place.dataset.shown === wanted) return;
  place.dataset.shown = wanted;
  place.replaceChildren(...all.map(elementOf));
}

const viewOnly: Badge = {
  icon: 'eye',
  label: 'View only',
  explanation: 'Nothing you type or click reaches the server.',
};
const notVerified: Badge = {
  icon: 'warning',
  label: 'TLS not verified',
  explanation: 'The path to the server is encrypted, but nobody checked its certificate.',
};

function elementOf({ icon: name, label, explanation }: Badge): HTMLElement {
  const made = element(
    'span',
    { class: `badge ${name}`, title: explanation },
    icon(name),
    element('span', {}, label),
  );
  made.append(element('span', { class: 'unseen' }, `: ${explanation}`));
  return made;
}
