import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type Address,
  address,
  BadValue,
  bytes,
  ConfigError,
  choice,
  defineSettings,
  duration,
  filePath,
  flag,
  formatConfigError,
  integer,
  list,
  port,
  readSettings,
  type Secret,
  type SettingsOf,
  secret,
  text,
  url,
} from './index.ts';

const everyKind = defineSettings('demo', {
  listen: address({ env: 'CONSOLEMESH_LISTEN', default: '127.0.0.1:7110', doc: 'Where.' }),
  databaseUrl: secret({ env: 'CONSOLEMESH_DATABASE_URL', default: 'sqlite:demo.sqlite', doc: 'Where.' }),
  sessionMax: duration({ env: 'CONSOLEMESH_SESSION_MAX', default: '8h', doc: 'How long.' }),
  buffer: bytes({ env: 'CONSOLEMESH_BUFFER', default: '64KiB', max: '1MiB', doc: 'How much.' }),
  workers: integer({ env: 'CONSOLEMESH_WORKERS', default: 4, min: 1, max: 64, doc: 'How many.' }),
  verbose: flag({ env: 'CONSOLEMESH_VERBOSE', default: false, doc: 'Whether.' }),
  metricsPort: port({ env: 'CONSOLEMESH_METRICS_PORT', optional: true, doc: 'Which.' }),
  publicUrl: url({ env: 'CONSOLEMESH_PUBLIC_URL', optional: true, doc: 'Which.' }),
  origins: list({ env: 'CONSOLEMESH_ORIGINS', default: ['a', 'b'], doc: 'Which.' }),
  level: choice({ env: 'CONSOLEMESH_LEVEL', choices: ['info', 'debug'], default: 'info', doc: 'Which.' }),
  cert: filePath({ env: 'CONSOLEMESH_CERT', optional: true, doc: 'Which.' }),
  name: text({ env: 'CONSOLEMESH_NAME', doc: 'Its name.' }),
});

function mistakesOf(env: Record<string, string>, options = {}): string[] {
  try {
    readSettings(everyKind, { CONSOLEMESH_NAME: 'x', ...env }, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('readSettings', () => {
  test('gives defaults for what is unset and undefined for what is optional', () => {
    const { databaseUrl, ...rest } = readSettings(everyKind, { CONSOLEMESH_NAME: 'one' });
    expect(rest).toEqual({
      listen: { host: '127.0.0.1', port: 7110 },
      sessionMax: 28_800_000,
      buffer: 65_536,
      workers: 4,
      verbose: false,
      metricsPort: undefined,
      publicUrl: undefined,
      origins: ['a', 'b'],
      level: 'info',
      cert: undefined,
      name: 'one',
    });
    expect(databaseUrl.reveal()).toBe('sqlite:demo.sqlite');
  });

  test('types every value after its kind', () => {
    type Config = SettingsOf<typeof everyKind>;
    expectTypeOf<Config['listen']>().toEqualTypeOf<Address>();
    expectTypeOf<Config['databaseUrl']>().toEqualTypeOf<Secret>();
    expectTypeOf<Config['metricsPort']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Config['origins']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Config['level']>().toEqualTypeOf<'info' | 'debug'>();
    expectTypeOf<Config['name']>().toEqualTypeOf<string>();
  });

  test('gives an object that cannot be changed, down to its addresses and lists', () => {
    const config = readSettings(everyKind, { CONSOLEMESH_NAME: 'one' });
    expect([config, config.listen, config.origins].every(Object.isFrozen)).toBe(true);
  });

  test('counts an empty variable as unset, the way compose files write it', () => {
    expect(
      mistakesOf({ CONSOLEMESH_SESSION_MAX: '', CONSOLEMESH_LISTEN: '  ', CONSOLEMESH_NO_SUCH: '' }),
    ).toEqual([]);
    expect(mistakesOf({ CONSOLEMESH_NAME: '' })).toEqual([
      'CONSOLEMESH_NAME is not set; expected text without control characters',
    ]);
  });

  test('reports every mistake at once, one line each, with the bad value and what is expected', () => {
    const env = {
      CONSOLEMESH_NAME: 'x',
      CONSOLEMESH_LISTEN: 'localhost',
      CONSOLEMESH_SESSION_MAX: '8 hours',
      CONSOLEMESH_BUFFER: '2MiB',
      CONSOLEMESH_WORKERS: '0',
      CONSOLEMESH_LEVEL: 'loud',
      CONSOLEMESH_ORIGNS: 'c',
    };
    let report = '';
    try {
      readSettings(everyKind, env);
    } catch (error) {
      report = formatConfigError(error as ConfigError);
    }
    expect(report.split('\n')).toEqual([
      'demo: CONSOLEMESH_LISTEN is "localhost"; expected host:port or [IPv6 address]:port',
      'demo: CONSOLEMESH_SESSION_MAX is "8 hours"; expected a duration such as 500ms, 30s, 10m, 8h or 7d',
      'demo: CONSOLEMESH_BUFFER is "2MiB"; expected a size such as 512, 64KiB or 1MiB, at most 1MiB',
      'demo: CONSOLEMESH_WORKERS is "0"; expected a whole number from 1 to 64',
      'demo: CONSOLEMESH_LEVEL is "loud"; expected one of info, debug',
      'demo: CONSOLEMESH_ORIGNS is not a setting; did you mean CONSOLEMESH_ORIGINS?',
    ]);
  });

  test('keeps a report to one short line per mistake whatever the value holds', () => {
    const [message] = mistakesOf({ CONSOLEMESH_LEVEL: `a\nb${'c'.repeat(500)}` });
    expect(message).not.toContain('\n');
    expect(message!.length).toBeLessThan(200);
  });

  test('does not print the credentials of a URL, even of a bad one', () => {
    const said = [
      ...mistakesOf({ CONSOLEMESH_PUBLIC_URL: 'https://user:hunter2@host/' }),
      ...mistakesOf({ CONSOLEMESH_PUBLIC_URL: 'ftp://hunter2@host/' }),
    ];
    expect(said).toHaveLength(2);
    expect(said.join()).not.toContain('hunter2');
  });

  test('asks what is wrong with the settings together once each is right', () => {
    const pair = defineSettings(
      'demo',
      {
        low: integer({ env: 'CONSOLEMESH_LOW', default: 1, doc: '' }),
        high: integer({ env: 'CONSOLEMESH_HIGH', default: 2, doc: '' }),
      },
      { check: ({ low, high }) => (low > high ? ['CONSOLEMESH_LOW is above CONSOLEMESH_HIGH'] : []) },
    );
    expect(readSettings(pair, {})).toEqual({ low: 1, high: 2 });
    expect(() => readSettings(pair, { CONSOLEMESH_LOW: '3' })).toThrow(
      'CONSOLEMESH_LOW is above CONSOLEMESH_HIGH',
    );
  });

  test('lets a fault of the program through instead of blaming the environment', () => {
    const broken = defineSettings('demo', {
      items: list({
        env: 'CONSOLEMESH_ITEMS',
        doc: '',
        item: () => {
          throw new RangeError('bug');
        },
      }),
    });
    expect(() => readSettings(broken, { CONSOLEMESH_ITEMS: 'a' })).toThrow(RangeError);
    expect(new BadValue().name).toBe('BadValue');
  });
});

describe('unknown variables', () => {
  test('suggests the plain name for a _FILE form that does not exist', () => {
    expect(mistakesOf({ CONSOLEMESH_LISTEN_FILE: '/x' })).toEqual([
      'CONSOLEMESH_LISTEN_FILE is not a setting; did you mean CONSOLEMESH_LISTEN?',
    ]);
  });

  test('suggests nothing when nothing is near, and never shows the value', () => {
    expect(mistakesOf({ CONSOLEMESH_ZZZZZZZZZZZZ: 'hunter2' })).toEqual([
      'CONSOLEMESH_ZZZZZZZZZZZZ is not a setting; remove it; the README lists what is read',
    ]);
  });

  test('accepts names that the caller knows and names without the prefix', () => {
    expect(
      mistakesOf({ CONSOLEMESH_OTHER: '1', PATH: '/bin' }, { alsoKnown: ['CONSOLEMESH_OTHER'] }),
    ).toEqual([]);
  });

  test('ignores what Kubernetes puts into every container for a service named consolemesh-token', () => {
    const injected = {
      CONSOLEMESH_TOKEN_SERVICE_HOST: '10.0.0.1',
      CONSOLEMESH_TOKEN_SERVICE_PORT: '7120',
      CONSOLEMESH_TOKEN_SERVICE_PORT_GRPC: '7120',
      CONSOLEMESH_TOKEN_PORT: 'tcp://10.0.0.1:7120',
      CONSOLEMESH_TOKEN_PORT_7120_TCP: 'tcp://10.0.0.1:7120',
      CONSOLEMESH_TOKEN_PORT_7120_TCP_ADDR: '10.0.0.1',
    };
    expect(mistakesOf(injected)).toEqual([]);
    expect(mistakesOf({ CONSOLEMESH_TOKEN_PORT: '7120' })).toHaveLength(1);
  });
});
