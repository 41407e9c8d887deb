import { readSettings } from '@consolemesh/config';
import { expectReadmeTable } from '@consolemesh/config/testing';
import { defaultLimits } from '@consolemesh/proxy';
import { describe, expect, it } from 'vitest';
import { optionsOf, serialproxySettings } from './config.ts';

describe('the settings', () => {
  it('stand in the README as they are', () => {
    expectReadmeTable(serialproxySettings, new URL('../README.md', import.meta.url));
  });

  it('have the defaults of startSerialproxy', () => {
    const options = optionsOf(readSettings(serialproxySettings, {}));
    expect({ ...defaultLimits, ...options.limits }).toEqual(defaultLimits);
    expect(options.listen.port).toBe(6091);
    expect(options.grpcListen.port).toBe(7132);
    expect(options.line).toEqual({ listen: { host: '127.0.0.1', port: 6092 }, tls: undefined });
  });

  it.each([
    [{ CONSOLEMESH_LINE_TLS_KEY_FILE: '/key' }, 'go together'],
    [{ CONSOLEMESH_LINE_LISTEN: '0.0.0.0:6092' }, 'CONSOLEMESH_LINE_TLS_CERTIFICATE_FILE'],
    [{ CONSOLEMESH_PING_INTERVAL: '60s' }, 'CONSOLEMESH_DEAD_AFTER'],
  ])('refuse %j in one clear line', (env, words) => {
    expect(() => readSettings(serialproxySettings, env)).toThrow(words);
  });

  it('can do without a line door, which then needs no certificate', () => {
    const env = { CONSOLEMESH_LINE_ENABLED: 'false', CONSOLEMESH_LINE_LISTEN: '[::]:6092' };
    expect(optionsOf(readSettings(serialproxySettings, env)).line).toBeUndefined();
  });

  it('say that the line door may listen anywhere with a certificate', () => {
    const env = {
      CONSOLEMESH_LINE_LISTEN: '[::]:6092',
      CONSOLEMESH_LINE_TLS_CERTIFICATE_FILE: '/cert',
      CONSOLEMESH_LINE_TLS_KEY_FILE: '/key',
    };
    expect(optionsOf(readSettings(serialproxySettings, env)).line?.tls?.certificateFile).toBe('/cert');
  });
});
