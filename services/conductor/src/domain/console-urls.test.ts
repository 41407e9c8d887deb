import { expect, test } from 'vitest';
import { consoleUrls } from './console-urls.ts';

const proxies = { graphical: 'https://consoles.example/vnc', serial: undefined };

test('the token stands in the fragment, in the form of Ironic in the path, and not in the address for programs', () => {
  expect(consoleUrls(proxies, 'graphical', { nodeId: 'n', nodeName: 'rack 1', token: 'tok' })).toEqual({
    url: 'https://consoles.example/vnc/#token=tok&node=rack%201',
    compatibilityUrl: 'https://consoles.example/vnc/vnc_auto.html?path=websockify%3Fnode%3Dn%26token%3Dtok',
    websocketUrl: 'wss://consoles.example/vnc/session',
  });
});

test('a proxy that is not configured is named with its setting', () => {
  expect(() => consoleUrls(proxies, 'serial', { nodeId: 'n', nodeName: 'n1', token: 't' })).toThrow(
    'CONSOLEMESH_SERIALPROXY_URL',
  );
});
