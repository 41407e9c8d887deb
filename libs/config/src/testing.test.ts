import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { choice, defineSettings, integer, secret, text } from './index.ts';
import { expectReadmeTable } from './testing.ts';

const settings = defineSettings('demo', {
  name: text({ env: 'CONSOLEMESH_NAME', doc: 'Its name.' }),
  key: secret({ env: 'CONSOLEMESH_KEY', inlineAllowed: false, optional: true, doc: 'Its key.' }),
  url: secret({ env: 'CONSOLEMESH_URL', default: 'sqlite:a', doc: 'Where\n  it is.' }),
  mode: choice({ env: 'CONSOLEMESH_MODE', choices: ['a', 'b'], default: 'a', doc: 'One | other.' }),
  count: integer({ env: 'CONSOLEMESH_COUNT', min: 1, default: 4, doc: 'How many.' }),
});

const TABLE = `| variable | default | meaning |
|---|---|---|
| \`CONSOLEMESH_NAME\` | **required** | Its name. |
| \`CONSOLEMESH_KEY_FILE\` | unset | Its key. |
| \`CONSOLEMESH_URL\` or \`CONSOLEMESH_URL_FILE\` | \`sqlite:a\` | Where it is. |
| \`CONSOLEMESH_MODE\` | \`a\` | One \\| other. Accepts one of a, b. |
| \`CONSOLEMESH_COUNT\` | \`4\` | How many. Accepts a whole number of at least 1. |`;

let folder: string;
let readme: string;
beforeEach(() => {
  // The suite itself may run with it, to update the READMEs of the services.
  vi.stubEnv('UPDATE_README', '');
  folder = mkdtempSync(join(tmpdir(), 'consolemesh-readme-'));
  readme = join(folder, 'README.md');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('the table shows names, defaults and what is accepted', () => {
  expect(settings.table()).toBe(TABLE);
});

test('a README with the table passes, one with another table or without markers fails', () => {
  writeFileSync(readme, `# demo\n\n<!-- settings -->\n${TABLE}\n<!-- /settings -->\n\nmore\n`);
  expectReadmeTable(settings, readme);
  writeFileSync(readme, `# demo\n\n<!-- settings -->\n${TABLE.replace('`4`', '`5`')}\n<!-- /settings -->\n`);
  expect(() => expectReadmeTable(settings, readme)).toThrow('UPDATE_README=1');
  writeFileSync(readme, TABLE);
  expect(() => expectReadmeTable(settings, readme)).toThrow('<!-- settings -->');
});

test('with UPDATE_README=1 the table is written between the markers and nothing else is touched', () => {
  vi.stubEnv('UPDATE_README', '1');
  writeFileSync(readme, '# demo\n\n<!-- settings --><!-- /settings -->\n\nmore\n');
  expectReadmeTable(settings, readme);
  expect(readFileSync(readme, 'utf8')).toBe(
    `# demo\n\n<!-- settings -->\n${TABLE}\n<!-- /settings -->\n\nmore\n`,
  );
});
