// Bundles the page of the serial console into dist/page.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildPage, rule } from '@consolemesh/proxy/build-page';

/** What xterm.js does that a policy without inline styles forbids, what stands there instead, and how often. */
const inlineStyles = [
  // A <style> element with text becomes an element of ours that adopts a constructed sheet (terminal/adopted-sheet.ts).
  { from: 'createElement("style")', to: 'createElement("console-sheet")', times: 3 },
  // A style attribute becomes a write to the property, which the policy has nothing against.
  { from: 't.setAttribute("style",', to: '(t.style.cssText=', times: 1 },
];

const strictStyles = {
  name: 'strict styles',
  setup: ({ onLoad }) =>
    onLoad({ filter: /@xterm\/xterm\/lib\/xterm\.mjs$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const { from, to, times } of inlineStyles) {
        const parts = contents.split(from);
        if (parts.length !== times + 1)
          throw new Error(
            `xterm.js has changed: ${from} stands there ${parts.length - 1} times, not ${times}`,
          );
        contents = parts.join(to);
      }
      if (/createElement\(["']style["']\)|setAttribute\(["']style["']/.test(contents))
        throw new Error('xterm.js has changed: it writes an inline style in another way');
      return { contents, loader: 'js' };
    }),
};

await buildPage({
  source: fileURLToPath(new URL('src/page', import.meta.url)),
  target: fileURLToPath(new URL('dist/page', import.meta.url)),
  plugins: [strictStyles],
  async licences(text, version) {
    const parts = ['@xterm/xterm', '@xterm/addon-search'];
    return [
      `This page contains xterm.js ${await version('@xterm/xterm')} and its addon for search, under the MIT licence.`,
      'Its style elements and style attributes were replaced, so that it works without inline styles.',
      ...(await Promise.all(parts.map(async (name) => `${rule(name)}${await text(`${name}/LICENSE`)}`))),
    ];
  },
});
