import { expect, test } from 'vitest';
import { parseDatabaseUrl } from './parse-database-url.ts';

test.each([
  ['sqlite::memory:', ':memory:'],
  ['sqlite:conductor.sqlite', 'conductor.sqlite'],
  ['sqlite:/var/lib/a b.sqlite', '/var/lib/a b.sqlite'],
  ['sqlite:///var/lib/a.sqlite', '/var/lib/a.sqlite'],
])('reads %s as a file', (url, path) => {
  expect(parseDatabaseUrl(url)).toEqual({ engine: 'sqlite', path });
});

test.each([
  'postgres://me:secret@db.example:5432/mesh?sslmode=verify-full',
  'postgresql://db/mesh',
  'postgres:///mesh?host=/run/postgresql',
])('passes %s on to PostgreSQL', (connectionString) => {
  expect(parseDatabaseUrl(connectionString)).toEqual({ engine: 'postgres', connectionString });
});

test.each([
  '',
  'mysql://me:hunter2@db/x',
  'sqlite:',
  'sqlite://host/file',
  'postgres://me:hunter2@:x',
  '/var/lib/a.sqlite',
])('refuses %j and shows what is accepted, not what was given', (url) => {
  let error: unknown;
  try {
    parseDatabaseUrl(url);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(TypeError);
  expect((error as Error).message).toContain('sqlite:<path>');
  expect((error as Error).stack).not.toContain('hunter2');
});
