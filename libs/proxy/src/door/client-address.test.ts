import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isOriginAllowed } from './check-origin.ts';
import { originationOf, parseAddressSet } from './client-address.ts';

const request = (remoteAddress: string, headers: Record<string, string>) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;
const trusted = parseAddressSet(['10.0.0.0/8', '::1', '2001:db8::/32']);
const forwarded = {
  host: 'inner:6090',
  'x-forwarded-for': '198.51.100.9, 203.0.113.7, 10.1.1.1',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'consoles.example',
};

describe('where a request comes from', () => {
  it('is what a trusted reverse proxy says, as far as the chain is trusted', () => {
    expect(originationOf(request('10.0.0.5', forwarded), trusted)).toEqual({
      address: '203.0.113.7',
      scheme: 'https',
      host: 'consoles.example',
    });
  });

  it('is the peer itself when it is not trusted, whatever it claims', () => {
    expect(originationOf(request('192.0.2.1', forwarded), trusted)).toEqual({
      address: '192.0.2.1',
      scheme: 'http',
      host: 'inner:6090',
    });
  });

  it('is seen through IPv4 in IPv6, ports and brackets', () => {
    const headers = { 'x-forwarded-for': '[2001:db9::1]:4711' };
    expect(originationOf(request('::ffff:10.0.0.5', headers), trusted).address).toBe('2001:db9::1');
  });

  it('is the reverse proxy when what it says is no address', () => {
    const headers = { 'x-forwarded-for': 'unknown' };
    expect(originationOf(request('10.0.0.5', headers), trusted).address).toBe('10.0.0.5');
  });

  it.each(['10.0.0.0/33', 'example.org', '10.0.0.0/', '10.0.0.0/8/8', ''])(
    'cannot be trusted as %j',
    (text) => {
      expect(() => parseAddressSet([text])).toThrow(JSON.stringify(text));
    },
  );
});

describe('a page', () => {
  const from = { address: '', scheme: 'https', host: 'consoles.example' } as const;
  const rules = { allowed: ['https://ops.example'], allowMissing: false };

  it.each([
    ['https://consoles.example', true],
    ['https://consoles.example:443', true],
    ['https://ops.example', true],
    ['http://consoles.example', false],
    ['https://consoles.example:8443', false],
    ['https://consoles.example.evil.test', false],
    ['https://evil.test', false],
    ['null', false],
    ['file://', false],
    [undefined, false],
  ])('of the origin %s is allowed: %s', (origin, allowed) => {
    expect(isOriginAllowed(origin, from, rules)).toBe(allowed);
  });

  it('may be a program without an origin when a setting says so', () => {
    expect(isOriginAllowed(undefined, from, { ...rules, allowMissing: true })).toBe(true);
    expect(isOriginAllowed('https://evil.test', from, { ...rules, allowMissing: true })).toBe(false);
  });
});
