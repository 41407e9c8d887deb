import { readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { errorTable, MeshError, type Reason } from '@consolemesh/errors';
import { expect, test } from 'vitest';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { commandReference, exitCodeReference, optionReference } from './reference.ts';

const readme = new URL('../README.md', import.meta.url);

const program = () => {
  const output = { write: () => true };
  const io = {
    stdout: output,
    stderr: output,
    stdin: new PassThrough(),
    env: {},
    stop: () => AbortSignal.abort(),
  };
  return createProgram({ io, code: 0, about: {} });
};

test.each([
  ['commands', () => commandReference(program())],
  ['options', () => optionReference(program())],
  ['exit-codes', exitCodeReference],
])('the README holds the table of %s (UPDATE_README=1 writes it)', (name, make) => {
  const text = readFileSync(readme, 'utf8');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  const after = text.slice(text.indexOf(end));
  expect(before.length).toBeGreaterThan(begin.length);
  expect(after.startsWith(end)).toBe(true);
  const wanted = `${before}\n${make()}\n${after}`;
  if (process.env.UPDATE_README === '1') return writeFileSync(readme, wanted);
  expect(text).toBe(wanted);
});

test('every reason of the error table has an exit code that the README explains, and none looks like success', () => {
  for (const reason of Object.keys(errorTable) as Reason[]) {
    const code = exitCodeOf(new MeshError(reason));
    expect(code).not.toBe(0);
    expect(exitCodes).toHaveProperty(String(code));
  }
});
