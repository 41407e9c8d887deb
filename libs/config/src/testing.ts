import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Settings, Shape } from './define-settings.ts';

const BEGIN = '<!-- settings -->';
const END = '<!-- /settings -->';

/**
 * Fails unless the README holds exactly the table of these settings between its markers
 * `<!-- settings -->` and `<!-- /settings -->`. With `UPDATE_README=1` in the environment it writes the table instead.
 *
 *     expectReadmeTable(settings, new URL('../README.md', import.meta.url));
 *
 * @throws AssertionError with both texts, or saying which marker is missing.
 */
export function expectReadmeTable<S extends Shape>(settings: Settings<S>, readme: URL | string): void {
  const text = readFileSync(readme, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  assert(begin >= 0 && end > begin, `${readme} needs a line ${BEGIN} and below it a line ${END}`);
  const wanted = `${text.slice(0, begin)}${BEGIN}\n${settings.table()}\n${text.slice(end)}`;
  if (process.env.UPDATE_README === '1') {
    if (wanted !== text) writeFileSync(readme, wanted);
    return;
  }
  assert.equal(
    text,
    wanted,
    `${readme} has an outdated table of settings; run the test with UPDATE_README=1`,
  );
}
