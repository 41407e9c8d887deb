import { describe, expect, it } from 'vitest';
import { readPageUrl } from './url-token.ts';

describe('reading the address of the page', () => {
  it('takes token and node out of our own fragment and leaves only the node', () => {
    const read = readPageUrl('https://console.example/vnc/#token=S3cret_-x&node=rack4-7');
    expect(read).toMatchObject({ token: 'S3cret_-x', node: 'rack4-7', options: {} });
    expect(read.cleanUrl).toBe('https://console.example/vnc/#node=rack4-7');
  });

  it('leaves a bare address when the token was all there was', () => {
    expect(readPageUrl('https://h/#token=abc').cleanUrl).toBe('https://h/');
    expect(readPageUrl('https://h/vnc.html?token=abc').cleanUrl).toBe('https://h/vnc.html');
  });

  it.each([
    ['https://h/vnc_auto.html?path=websockify%3Fnode%3D1b2c%26token%3Dt0k'],
    ['https://h/vnc.html?path=websockify%3Fnode%3D1b2c%26token%3Dt0k&autoconnect=true'],
    ['https://h/vnc_lite.html?path=%3Ftoken%3Dt0k%26node%3D1b2c'],
    ['https://h/vnc.html#path=websockify%3Fnode%3D1b2c%26token%3Dt0k'],
    ['https://h/vnc_auto.html?token=t0k&node=1b2c'],
  ])('understands %s', (href) => {
    const read = readPageUrl(href);
    expect(read).toMatchObject({ token: 't0k', node: '1b2c' });
    expect(read.cleanUrl).not.toContain('t0k');
  });

  it('removes every occurrence of a secret, also a password and a path without token', () => {
    const { cleanUrl } = readPageUrl(
      'https://h/vnc.html?token=a1&token=b2&password=c3&path=d4#token=e5&resize=scale',
    );
    expect(cleanUrl).toBe('https://h/vnc.html#resize=scale');
  });

  it('lets the fragment win over the query', () => {
    expect(readPageUrl('https://h/?token=query&quality=1#token=fragment&quality=9')).toMatchObject({
      token: 'fragment',
      options: { quality: 9 },
    });
  });

  it('reads noVNC options and ignores values it does not know', () => {
    const href =
      'https://h/?view_only=1&resize=remote&reconnect=false&shared=0&show_dot=true&quality=3&compression=11&bell=maybe';
    expect(readPageUrl(href).options).toEqual({
      viewOnly: true,
      scaling: 'remote',
      reconnect: false,
      shared: false,
      showDot: true,
      quality: 3,
    });
    expect(readPageUrl('https://h/vnc_lite.html?scale=true').options).toEqual({ scaling: 'fit' });
    expect(readPageUrl('https://h/vnc.html?resize=off&autoconnect=0').options).toEqual({
      scaling: 'actual',
      autoconnect: false,
    });
  });

  it('treats a missing, empty or absurdly long token as none', () => {
    expect(readPageUrl('https://h/').token).toBeUndefined();
    expect(readPageUrl('https://h/#token=').token).toBeUndefined();
    const long = readPageUrl(`https://h/#token=${'x'.repeat(5000)}`);
    expect(long.token).toBeUndefined();
    expect(long.cleanUrl).toBe('https://h/');
  });
});
