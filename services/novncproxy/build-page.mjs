// Bundles the page of the graphical console into dist/page.
import { fileURLToPath } from 'node:url';
import { buildPage, rule } from '@consolemesh/proxy/build-page';

await buildPage({
  source: fileURLToPath(new URL('src/page', import.meta.url)),
  target: fileURLToPath(new URL('dist/page', import.meta.url)),
  /** With the place of its source, as MPL-2.0 section 3.2 asks. */
  async licences(text, version) {
    const release = await version('@novnc/novnc');
    return [
      `This page contains noVNC ${release}, unmodified, under the Mozilla Public License 2.0.`,
      `Its source: the npm package @novnc/novnc ${release}, and https://github.com/novnc/noVNC`,
      rule('noVNC'),
      await text('@novnc/novnc/LICENSE.txt'),
      rule('Mozilla Public License 2.0'),
      await text('@novnc/novnc/docs/LICENSE.MPL-2.0'),
      rule('pako, part of noVNC'),
      await text('@novnc/novnc/vendor/pako/LICENSE'),
    ];
  },
});
