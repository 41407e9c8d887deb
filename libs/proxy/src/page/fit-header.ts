/**
 * How much the head is condensed: 0 = every tool has its name, 1 = the most common ones, 2 = icons only, 3 = the badges on a
 * line of their own and a long node name cut, 4 = the badges without their words.
 */
const levels = 5;

/**
 * Condenses the head until node name, state, badges and tools stand side by side; names differ in length, so no fixed width of the
 * window says when. Runs again whenever one of them changes, and gives room back only when the window gets another width: tools that
 * move with each word of the state would be missed by the pointer.
 */
export function fitHeader(header: HTMLElement, identity: HTMLElement): void {
  let width = -1;
  let level = 0;
  const fit = (from: number) => {
    for (level = from; level < levels; level += 1) {
      header.dataset.condensed = String(level);
      if (identity.scrollWidth <= identity.clientWidth) return;
    }
    level = levels - 1;
  };
  new ResizeObserver(() => {
    if (header.clientWidth === width) return;
    width = header.clientWidth;
    fit(0);
  }).observe(header);
  new MutationObserver(() => fit(level)).observe(header, {
    childList: true,
    characterData: true,
    subtree: true,
  });
}
