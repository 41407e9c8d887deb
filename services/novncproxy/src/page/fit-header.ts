/** How much the head is condensed: 0 = every tool has its name, 1 = the most common ones, 2 = icons only. */
const levels = ['0', '1', '2'];

/**
 * Condenses the head until node name, badges and tools stand side by side; names differ in length, so no fixed width of the window
 * says when. Runs again whenever one of them changes.
 */
export function fitHeader(header: HTMLElement): void {
  let width = -1;
  const fit = () => {
    for (const level of levels) {
      header.dataset.condensed = level;
      if (header.scrollWidth <= header.clientWidth) break;
    }
    width = header.clientWidth;
  };
  new ResizeObserver(() => header.clientWidth !== width && fit()).observe(header);
  new MutationObserver(fit).observe(header, { childList: true, characterData: true, subtree: true });
}
