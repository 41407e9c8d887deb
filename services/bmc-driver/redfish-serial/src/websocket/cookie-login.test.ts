import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { readCookies } from './cookie-login.ts';

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);

describe('cookies that come joined with commas', () => {
  it('are told from the commas in their dates', () => {
    const header =
      'XSRF-TOKEN=abc; SameSite=Strict; Secure; Expires=Wed, 09 Jun 2038 10:18:14 GMT, BMCWEB-SESSION=def; HttpOnly';
    expect([...readCookies(header)]).toEqual([
      ['XSRF-TOKEN', 'abc'],
      ['BMCWEB-SESSION', 'def'],
    ]);
  });

  it.prop([fc.uniqueArray(token, { maxLength: 5 }), token])(
    'are all found, with their values',
    (names, value) => {
      const header = names
        .map((name) => `${name}=${value}; Path=/; Expires=Wed, 09 Jun 2038 10:18:14 GMT`)
        .join(', ');
      expect([...readCookies(header).keys()]).toEqual(names);
      expect(new Set(readCookies(header).values()).size).toBe(names.length > 0 ? 1 : 0);
    },
  );

  it.prop([fc.string()])('are read from anything without trouble', (header) => {
    for (const [name, value] of readCookies(header)) expect(`${name}${value}`).not.toMatch(/[;,\s]/);
  });
});
