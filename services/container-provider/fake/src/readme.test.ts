import { expectReadmeTable } from '@consolemesh/config/testing';
import { it } from 'vitest';
import { settings } from './config.ts';

it('the README names every setting', () =>
  expectReadmeTable(settings, new URL('../README.md', import.meta.url)));
