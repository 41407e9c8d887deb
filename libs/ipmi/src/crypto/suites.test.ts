import { describe, expect, it } from 'vitest';
import { algorithmsOf, SUITES, suiteInWords, suiteOf } from './suites.ts';

/** As `man ipmiconsole` of FreeIPMI 1.6 lists them; suites with RC4 are not in it. */
const LISTED = [
  '0 (none, none, none)',
  '1 (HMAC-SHA1, none, none)',
  '2 (HMAC-SHA1, HMAC-SHA1-96, none)',
  '3 (HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128)',
  '6 (HMAC-MD5, none, none)',
  '7 (HMAC-MD5, HMAC-MD5-128, none)',
  '8 (HMAC-MD5, HMAC-MD5-128, AES-CBC-128)',
  '11 (HMAC-MD5, MD5-128, none)',
  '12 (HMAC-MD5, MD5-128, AES-CBC-128)',
  '15 (HMAC-SHA256, none, none)',
  '16 (HMAC-SHA256, HMAC-SHA256-128, none)',
  '17 (HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128)',
];

describe('cipher suites', () => {
  it.each(LISTED)('have the numbers that other tools give them: %s', (words) => {
    expect(suiteInWords(Number.parseInt(words, 10))).toBe(words);
  });

  it('that are spoken authenticate every packet, with the hash that proves the password', () => {
    expect(Object.keys(SUITES)).toEqual(['2', '3', '16', '17']);
    for (const suite of Object.values(SUITES)) {
      const words = suiteInWords(suite.id);
      expect(words).toContain(suite.integrity.node === 'sha1' ? 'HMAC-SHA1-96' : 'HMAC-SHA256-128');
      expect(words.includes('AES-CBC-128')).toBe(suite.encrypts);
      expect(suiteOf(algorithmsOf(suite.id)!)).toBe(suite);
    }
  });

  it('of a vendor have no names', () => expect(suiteInWords(0x80)).toBe('128'));
});
