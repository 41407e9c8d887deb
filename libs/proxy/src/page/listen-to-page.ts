import { readPageUrl } from './url-token.ts';

/** What happens to the window that every page of a console acts on. */
export interface PageEvents {
  /** Ctrl+Alt+Shift: the way out of a console that takes every key. */
  toTools(): void;
  /** The network is back. */
  online(): void;
  fullScreen(on: boolean): void;
}

/** Listens for as long as the page lives. */
export function listenToPage(events: PageEvents): void {
  window.addEventListener(
    'keydown',
    (event) => {
      const chord = event.ctrlKey && event.altKey && event.shiftKey;
      if (!chord || !['Control', 'Alt', 'Shift'].includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      events.toTools();
    },
    true,
  );
  // A new link pasted into the address bar of this tab changes the fragment only.
  window.addEventListener('hashchange', () => readPageUrl(location.href).token && location.reload());
  window.addEventListener('online', events.online);
  document.addEventListener('fullscreenchange', () => events.fullScreen(document.fullscreenElement !== null));
  window.visualViewport?.addEventListener('resize', fitToKeyboard);
}

function fitToKeyboard(): void {
  const height = window.visualViewport?.height;
  // A zoomed page keeps its height, or the console would shrink while fingers zoom in.
  if (height && window.visualViewport?.scale === 1) {
    document.documentElement.style.setProperty('--page-height', `${height}px`);
  }
}
