import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import {
  BadValue,
  ConfigError,
  defineSettings,
  type ReadOptions,
  readSettings,
  Secret,
  secret,
} from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'consolemesh-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const options = { env: 'CONSOLEMESH_KEY', doc: 'The key.', inlineAllowed: false };
const lenient = defineSettings('demo', { key: secret({ ...options, inlineAllowed: true }) });
const strict = defineSettings('demo', { key: secret(options) });

function read(settings: typeof strict, env: Record<string, string>, how?: ReadOptions): string {
  try {
    return readSettings(settings, env, how).key.reveal();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('a secret', () => {
  test('does not show itself in texts, JSON, logs or its properties', () => {
    const key = new Secret('hunter2');
    const shown = [
      `${key}`,
      JSON.stringify({ key }),
      inspect({ key }, { showHidden: true, depth: 9 }),
      String(Object.values(key)),
    ];
    expect(shown.join()).not.toContain('hunter2');
    expect(JSON.stringify({ key })).toBe('{"key":"[secret]"}');
    expect(inspect([key])).toBe('[ [secret] ]');
    expect(key.reveal()).toBe('hunter2');
  });

  test('comes from its variable as it is, or from a file without its last newlines', () => {
    expect(read(lenient, { CONSOLEMESH_KEY: ' hunter2 ' })).toBe(' hunter2 ');
    expect(read(lenient, { CONSOLEMESH_KEY_FILE: write('good', ' line 1\nline 2 \r\n\n') })).toBe(
      ' line 1\nline 2 ',
    );
  });

  test('is refused inline where only a file will do, with advice and without the value', () => {
    const said = read(strict, { CONSOLEMESH_KEY: 'hunter2' });
    expect(said).toContain('set CONSOLEMESH_KEY_FILE to its path');
    expect(said).not.toContain('hunter2');
    expect(read(strict, { CONSOLEMESH_KEY: 'hunter2' }, { inlineSecrets: true })).toBe('hunter2');
    expect(read(strict, {})).toBe('CONSOLEMESH_KEY_FILE is not set; expected a value');
  });

  test('is refused when both forms are set', () => {
    const said = read(lenient, { CONSOLEMESH_KEY: 'hunter2', CONSOLEMESH_KEY_FILE: write('both', 'x') });
    expect(said).toBe('CONSOLEMESH_KEY and CONSOLEMESH_KEY_FILE are both set; keep one of them');
  });

  test.each([
    ['missing', () => join(folder, 'no-such'), 'no such file'],
    ['empty', () => write('empty', '\n\n'), 'which is empty'],
    ['a folder', () => folder, 'it is a directory'],
    ['larger than 64 KiB', () => write('large', 'x'.repeat(65_537)), 'larger than 65536 bytes'],
    ['not text', () => write('binary', Buffer.from([0xff, 0xfe, 0xfd])), 'not UTF-8'],
  ])('reports a file that is %s', (_, make, advice) => {
    const path = make();
    const said = read(strict, { CONSOLEMESH_KEY_FILE: path });
    expect(said).toContain(`CONSOLEMESH_KEY_FILE names ${JSON.stringify(path)}`);
    expect(said).toContain(advice);
  });

  test('that its check refuses is not printed', () => {
    const checked = defineSettings('demo', {
      key: secret({
        ...options,
        inlineAllowed: true,
        expects: 'at least 32 characters',
        check: (value) => {
          if (value.length < 32) throw new BadValue();
        },
      }),
    });
    const said = read(checked, { CONSOLEMESH_KEY: 'hunter2' });
    expect(said).toBe('CONSOLEMESH_KEY holds a value that is not usable: expected at least 32 characters');
  });
});
