import { byId, element } from './dom.ts';
import { type IconName, icon } from './icons.ts';
import type { Action, View } from './states.ts';

/** The card over the picture that says where the page stands. */
export interface Overlay {
  /** Shows a view, or nothing. */
  show(view: View | undefined): void;
}

const icons: Record<View['tone'], IconName | undefined> = {
  busy: undefined,
  info: 'monitor',
  warning: 'eye',
  error: 'warning',
};

/** @param act hears which button was pressed */
export function createOverlay(act: (action: Action) => void): Overlay {
  const card = byId('card');
  const announcer = byId('announcer');
  let ticking: ReturnType<typeof setInterval> | undefined;
  let shown: string | undefined;

  return {
    show(view) {
      // The same once more, such as after a change of preferences, leaves the focus where it is.
      const same = JSON.stringify(view);
      if (shown === same) return;
      shown = same;
      clearInterval(ticking);
      card.hidden = view === undefined;
      announcer.textContent = view ? `${view.title}. ${view.text} ${view.advice ?? ''}` : 'Connected';
      if (!view) return card.replaceChildren();
      const buttons = view.actions.map(({ action, label }, index) => {
        const button = element('button', { type: 'button', class: index ? 'plain' : 'primary' }, label);
        button.dataset.action = action;
        button.addEventListener('click', () => act(action));
        return button;
      });
      card.dataset.tone = view.tone;
      card.replaceChildren(
        ...body(view),
        ...(buttons.length ? [element('div', { class: 'actions' }, ...buttons)] : []),
      );
      if (view.until !== undefined) ticking = countDown(card, view.until);
      // While the page is busy the operator may be typing: an Enter must not land on a button.
      if (view.tone !== 'busy') (buttons[0] ?? card).focus({ preventScroll: true });
    },
  };
}

function body(view: View): HTMLElement[] {
  const sign = element('div', { class: 'sign', 'aria-hidden': 'true' });
  const name = icons[view.tone];
  sign.append(name ? icon(name) : element('span', { class: 'spinner' }));
  const lines = [sign, element('h2', { id: 'card-title' }, view.title), element('p', {}, view.text)];
  if (view.until !== undefined) lines.push(element('p', { class: 'countdown', id: 'countdown' }));
  if (view.advice) lines.push(element('p', { class: 'advice' }, view.advice));
  if (view.reason) lines.push(element('p', { class: 'reason' }, view.reason));
  return lines;
}

/** Not a live region: a screen reader would count along. */
function countDown(card: HTMLElement, until: number): ReturnType<typeof setInterval> {
  const line = card.querySelector('#countdown');
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    if (line) line.textContent = seconds > 0 ? `Next attempt in ${seconds} s` : 'Trying now…';
  };
  tick();
  return setInterval(tick, 250);
}
