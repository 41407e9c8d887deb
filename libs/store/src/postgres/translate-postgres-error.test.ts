import { expect, test } from 'vitest';
import { translatePostgresError } from './translate-postgres-error.ts';

test.each(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ENOENT'])(
  'a socket that breaks with %s means that the server is down, whatever the code looks like',
  (code) => {
    const translated = translatePostgresError(Object.assign(new Error(`write ${code}`), { code }));
    expect(translated).toMatchObject({ name: 'StoreUnavailable', reason: 'down', retryable: true });
  },
);
