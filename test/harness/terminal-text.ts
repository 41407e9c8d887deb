import type { Page } from 'playwright-core';

/** What is to be seen of the live terminal of a page, rows without blanks at their ends. */
export function terminalText(page: Page): Promise<string> {
  return page.evaluate<string>(
    `[...document.querySelectorAll('#screen .xterm-rows > div')].map((row) => row.textContent.replaceAll('\\u00a0', ' ').trimEnd()).join('\\n').trimEnd()`,
  );
}
