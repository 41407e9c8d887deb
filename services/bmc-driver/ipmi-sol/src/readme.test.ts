import { readFileSync } from 'node:fs';
import { expectReadmeTable } from '@consolemesh/config/testing';
import type { Driver } from '@consolemesh/driver-sdk';
import { expectReadmeOptions } from '@consolemesh/driver-sdk/testing';
import { expect, it } from 'vitest';
import { settings } from './config.ts';
import { meanings } from './in-words.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);

it('the README names every setting', () => expectReadmeTable(settings, readme));
it('the README names every option of a node', () =>
  expectReadmeOptions(options as Driver['options'], readme));
it('the README says what every reason means here', () => {
  const text = readFileSync(readme, 'utf8');
  const [, table = ''] = text.split('### What it looks like when it does not work');
  const reasons = Object.values(meanings)
    .map(({ reason }) => reason)
    .filter((reason) => reason.startsWith('BMC_'));
  for (const reason of new Set(reasons)) expect(table).toContain(reason);
});
