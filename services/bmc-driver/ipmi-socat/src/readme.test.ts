import { expectReadmeTable } from '@consolemesh/config/testing';
import type { Driver } from '@consolemesh/driver-sdk';
import { expectReadmeOptions } from '@consolemesh/driver-sdk/testing';
import { it } from 'vitest';
import { settings } from './config.ts';
import { options } from './node/options.ts';

const readme = new URL('../README.md', import.meta.url);

it('the README names every setting', () => expectReadmeTable(settings, readme));
it('the README names every option of a node', () =>
  expectReadmeOptions(options as Driver['options'], readme));
