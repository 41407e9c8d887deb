import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as bmc from './bmc.ts';
import { IPMI_ERRORS } from './errors.ts';
import * as index from './index.ts';
import { AUTO_CURES, NO_QUIRKS, QUIRKS } from './quirks.ts';
import * as testing from './testing/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Rows of the table below this heading, cells trimmed. */
function table(heading: string): string[][] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') || line.startsWith('|`'))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('the README', () => {
  it('lists the errors as they are in the code', () => {
    const rows = Object.entries(IPMI_ERRORS).map(([code, { meaning, advice }]) => [code, meaning, advice]);
    expect(table('Errors')).toEqual(rows);
  });

  it('lists the quirks as they are in the code', () => {
    const rows = Object.entries(QUIRKS).map(([name, { from, what, quirks }]) => [
      `\`${name}\``,
      from,
      Object.keys(quirks).length === 0 ? `no effect here: ${what}` : what,
    ]);
    expect(table('Quirks')).toEqual(rows);
  });

  it('names only exports that there are', () => {
    const exports = { ...index, ...bmc, ...testing };
    const named = [
      ...readme.matchAll(
        /`(create[A-Z]\w+|open[A-Z]\w+|serve\w+|ping\w+|[A-Z]+_?[A-Z]{3,}|solStep|handler)\b/g,
      ),
    ];
    const missing = named
      .map(([, name]) => name!)
      .filter((name) => !(name in exports) && !(name in IPMI_ERRORS));
    expect(missing).toEqual([]);
    expect(named.length).toBeGreaterThan(10);
  });
});

describe('the quirks', () => {
  it('that auto tries are no default, and each can be asked for', () => {
    for (const { quirks } of AUTO_CURES) {
      expect(quirks).not.toEqual(
        Object.fromEntries(Object.keys(quirks).map((k) => [k, NO_QUIRKS[k as keyof typeof NO_QUIRKS]])),
      );
    }
  });
});
