import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Driver } from './driver.ts';
import { optionsTable } from './options-table.ts';

const begin = '<!-- options -->';
const end = '<!-- /options -->';

/**
 * Fails unless the README holds exactly the table of these options between its markers `<!-- options -->` and `<!-- /options -->`. With
 * `UPDATE_README=1` in the environment it writes the table instead.
 * @throws AssertionError with both texts, or saying which marker is missing
 */
export function expectReadmeOptions(options: Driver['options'], readme: URL): void {
  const text = readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  assert(from >= 0 && to > from, `${readme} needs a line ${begin} and below it a line ${end}`);
  const wanted = `${text.slice(0, from)}${begin}\n${optionsTable(options)}\n${text.slice(to)}`;
  if (process.env.UPDATE_README === '1') {
    if (wanted !== text) writeFileSync(readme, wanted);
    return;
  }
  assert.equal(text, wanted, `${readme} has an outdated table of options; run the test with UPDATE_README=1`);
}
