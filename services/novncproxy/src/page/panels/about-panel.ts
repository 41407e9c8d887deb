import { element } from '../dom.ts';
import type { Opened } from '../protocol.ts';

/** The panel with the session's facts, the keys of the page and where its parts come from. */
export interface AboutPanel {
  readonly panel: HTMLElement;
  show(opened: Opened | undefined): void;
}

const pageKeys: readonly (readonly [string, string])[] = [
  ['Ctrl+Alt+Shift', 'from the console to the tools'],
  ['Tab', 'through the tools and back to the console'],
  ['← →', 'along the tools'],
  ['Esc', 'close a menu'],
  ['Ctrl+Enter', 'send the text to type'],
];

export function createAboutPanel(): AboutPanel {
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
    list(pageKeys, true),
    element(
      'p',
      { class: 'note' },
      'consolemesh shows the picture with noVNC (MPL-2.0). ',
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
