import { element } from './dom.ts';
import type { Opened } from './protocol.ts';

/** The panel with the session's facts, the keys of the page and where its parts come from. */
export interface AboutPanel {
  readonly panel: HTMLElement;
  show(opened: Opened | undefined): void;
}

/** What differs between the pages. */
export interface AboutOptions {
  /** Keys of the page and what they do. */
  readonly keys: readonly (readonly [string, string])[];
  /** What shows the console, and its licence. */
  readonly credit: string;
}

export function createAboutPanel({ keys, credit }: AboutOptions): AboutPanel {
  const facts = element('dl', { class: 'facts' });
  const panel = element(
    'div',
    {
      id: 'about-panel',
      class: 'panel',
      role: 'dialog',
      'aria-label': 'Help',
      tabindex: -1,
      'data-first': true,
    },
    element('h3', {}, 'This session'),
    facts,
    element('h3', {}, 'Keys of this page'),
    list(keys, true),
    element(
      'p',
      { class: 'note' },
      `${credit} `,
      element('a', { href: 'licenses.txt', target: '_blank', rel: 'noopener noreferrer' }, 'Licences'),
    ),
  );
  return { panel, show: (opened) => facts.replaceChildren(...list(factsOf(opened), false).childNodes) };
}

function factsOf(opened: Opened | undefined): readonly (readonly [string, string])[] {
  if (!opened) return [['State', 'not connected']];
  const { node, subject, role, expiresAt, idleTimeoutMs, unverifiedTls } = opened;
  const ends = expiresAt ? new Date(expiresAt) : undefined;
  return [
    ['Server', node],
    ...(subject ? [['You', subject] as const] : []),
    ['Right', role === 'control' ? 'watch and control' : 'watch only'],
    ...(ends && !Number.isNaN(ends.getTime()) ? [['Ends', ends.toLocaleString()] as const] : []),
    ...(idleTimeoutMs ? [['Idle limit', `${Math.round(idleTimeoutMs / 60_000)} min`] as const] : []),
    // Only what the page knows: the way to the server may lead through others.
    ...(unverifiedTls ? [['Path to server', 'TLS, certificate not verified'] as const] : []),
    // The start is enough to find it in a log.
    ['Session', opened.session.slice(0, 8)],
  ];
}

function list(rows: readonly (readonly [string, string])[], asKeys: boolean): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value]) => [
      element('dt', {}, asKeys ? element('kbd', {}, name) : name),
      element('dd', {}, value),
    ]),
  );
}
