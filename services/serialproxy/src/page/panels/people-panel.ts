import { element, icon } from '@consolemesh/proxy/page';
import { holdsPen, type Presence, writer } from '../presence.ts';

/** What may be done about the pen. */
export interface PenActions {
  ask(): void;
  take(): void;
  give(session: string): void;
}

/** The panel with everybody who is at the console. */
export interface PeoplePanel {
  readonly panel: HTMLElement;
  show(presence: Presence | undefined): void;
}

export function createPeoplePanel(actions: PenActions): PeoplePanel {
  const list = element('ul', { class: 'people' });
  const ask = button('Ask to write', 'primary', actions.ask);
  const take = button('Take over writing', 'plain', actions.take);
  const row = element('div', { class: 'row' }, ask, take);
  const note = element('p', { class: 'note' });
  const panel = element(
    'div',
    { id: 'people-panel', class: 'panel', role: 'dialog', 'aria-label': 'Who is here', tabindex: -1 },
    element('h3', {}, 'Who is here'),
    list,
    row,
    note,
  );
  let shown = '';
  return {
    panel,
    show(presence) {
      // The same again leaves the focus on its button.
      const wanted = JSON.stringify(presence);
      if (wanted === shown) return;
      shown = wanted ?? '';
      list.replaceChildren(
        ...(presence ? presence.viewers.map((one) => person(one, presence, actions)) : []),
      );
      const who = presence && writer(presence);
      const may = presence?.role === 'control' && who !== undefined && who.session !== presence.me;
      row.hidden = !may;
      note.textContent = noteOf(presence, who?.subject);
    },
  };
}

function noteOf(presence: Presence | undefined, who: string | undefined): string {
  if (!presence) return 'Not connected.';
  if (presence.role === 'view') return 'Your link lets you watch only.';
  if (who === undefined) return 'Nobody writes at present; whoever types first does.';
  if (holdsPen(presence))
    return 'What you type goes to the machine, and your window sets the size of the line.';
  return `Taking over is told to ${who || 'whoever writes'} at once. Nothing is lost: everybody goes on watching.`;
}

function person(viewer: Presence['viewers'][number], presence: Presence, { give }: PenActions): HTMLElement {
  const { session, subject, role, pen } = viewer;
  const mine = session === presence.me;
  const what = pen ? 'writes' : role === 'view' ? 'may watch only' : 'watches';
  const mayGet = holdsPen(presence) && !mine && role === 'control';
  return element(
    'li',
    { class: pen ? 'writes' : '' },
    icon(pen ? 'pen' : 'eye'),
    element(
      'div',
      {},
      `${subject || 'somebody'}${mine ? ' (you)' : ''}`,
      element('small', {}, mine && pen ? 'you write' : what),
    ),
    ...(mayGet ? [button('Let write', '', () => give(session), `Let ${subject || 'them'} write`)] : []),
  );
}

function button(label: string, look: string, act: () => void, spoken?: string): HTMLButtonElement {
  const made = element('button', { type: 'button', class: look, 'aria-label': spoken }, label);
  made.addEventListener('click', act);
  return made;
}
