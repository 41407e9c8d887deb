import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSecurity, securityWords } from './parse-security.ts';

describe('vnc_security', () => {
  it('any allows everything but a password in clear text, strongest first', () => {
    const { mode, allowed, mistakes } = parseSecurity('any');
    expect(mode).toBe('vencrypt');
    expect(allowed[0]).toBe('X509Plain');
    expect(allowed).toContain('None');
    expect(allowed).not.toContain('Plain');
    expect(mistakes).toEqual([]);
  });

  it.each([
    ['none', 'none', ['None']],
    ['vnc', 'none', ['VNC']],
    ['VNC, none', 'none', ['VNC', 'None']],
    ['tls-vnc,x509-vnc', 'vencrypt', ['X509Vnc', 'TLSVnc']],
    ['x509-plain', 'vencrypt', ['X509Plain']],
    ['tls', 'from-first-byte', ['VNC', 'None', 'Plain']],
    ['tls,vnc', 'from-first-byte', ['VNC']],
  ])('%s means %s and %j', (text, mode, allowed) => {
    expect(parseSecurity(text)).toMatchObject({ mode, allowed, mistakes: [] });
  });

  it.each([
    ['tls,x509-vnc', /expected one of the two/],
    ['any,vnc', /any alone/],
    ['vcn', /"vcn" is not known/],
    [',', /is empty/],
  ])('%s is refused', (text, message) => {
    expect(parseSecurity(text).mistakes.join()).toMatch(message);
  });

  it('never throws, and every list of words is either right or has a mistake', () => {
    const word = fc.constantFrom(...securityWords, 'any', 'nonsense', '');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const { allowed, mistakes } = parseSecurity(words.join(','));
        expect(allowed.length > 0 || mistakes.length > 0).toBe(true);
        if (words.includes('nonsense')) expect(mistakes).not.toEqual([]);
      }),
    );
  });
});
