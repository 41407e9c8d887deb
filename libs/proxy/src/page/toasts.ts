import { element } from './dom.ts';

/** Shows a short message over the picture; it goes by itself or with its button. */
export type ShowToast = (message: string, options?: { readonly stays?: boolean }) => void;

const shownForMs = 6000;
const atMost = 3;

/** Makes the place where short messages appear; screen readers hear them since `place` is a live region. */
export function createToasts(place: HTMLElement): ShowToast {
  return (message, { stays = false } = {}) => {
    for (const same of [...place.children].filter((one) => one.firstChild?.textContent === message))
      same.remove();
    while (place.children.length >= atMost) place.firstElementChild?.remove();
    const close = element('button', { type: 'button', 'aria-label': 'Dismiss' }, '×');
    const toast = element('div', { class: 'toast' }, element('span', {}, message), close);
    close.addEventListener('click', () => toast.remove());
    place.append(toast);
    if (stays) toast.dataset.stays = '';
    else setTimeout(() => toast.remove(), shownForMs);
  };
}

/** Removes the messages that stay: what was said about a session means nothing once it is over. */
export function clearToasts(place: HTMLElement): void {
  for (const toast of place.querySelectorAll('[data-stays]')) toast.remove();
}
