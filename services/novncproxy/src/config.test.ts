import { readSettings } from '@consolemesh/config';
import { expectReadmeTable } from '@consolemesh/config/testing';
import { defaultLimits, proxyOptionsOf } from '@consolemesh/proxy';
import { describe, expect, it } from 'vitest';
import { novncproxySettings } from './config.ts';

describe('the settings', () => {
  it('stand in the README as they are', () => {
    expectReadmeTable(novncproxySettings, new URL('../README.md', import.meta.url));
  });

  it('have the defaults of startNovncproxy', () => {
    const options = proxyOptionsOf(readSettings(novncproxySettings, {}));
    expect({ ...defaultLimits, ...options.limits }).toEqual(defaultLimits);
    expect(options.listen.port).toBe(6090);
    expect(options.grpcListen.port).toBe(7131);
    expect(options.allowMissingOrigin).toBe(false);
  });

  it.each([
    [{ CONSOLEMESH_WEB_TLS_KEY_FILE: '/key' }, 'go together'],
    [{ CONSOLEMESH_TRUSTED_PROXIES: '10.0.0.0/99' }, '10.0.0.0/99'],
    [{ CONSOLEMESH_BASE_PATH: 'consoles' }, 'begins and ends with /'],
    [{ CONSOLEMESH_PING_INTERVAL: '60s' }, 'CONSOLEMESH_DEAD_AFTER'],
    [{ CONSOLEMESH_LISTEN: 'nowhere' }, 'CONSOLEMESH_LISTEN'],
  ])('refuse %j in one clear line', (env, words) => {
    expect(() => readSettings(novncproxySettings, env)).toThrow(words);
  });
});
