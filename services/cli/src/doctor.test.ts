import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InterfaceValidation } from '@consolemesh/contracts/conductor';
import { expect, test } from 'vitest';
import { fakeConsole, fakeNode, startFakeApi } from './testing.ts';

/** A proxy of which the page and the WebSocket answer with the given HTTP status. */
const startFakeProxy = async (page: number, socket: number) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(page).end();
  });
  server.on('upgrade', (request, stream) => {
    asked.push(`${request.url} ${request.headers.origin}`);
    const upgraded =
      socket === 101 ? 'Upgrade: websocket\r\nConnection: Upgrade\r\n' : 'Connection: close\r\n';
    stream.end(`HTTP/1.1 ${socket} X\r\n${upgraded}\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

const examine = async (
  validation: Partial<InterfaceValidation>,
  console = fakeConsole(),
  base = '127.0.0.1:1',
  options = '',
) => {
  await using api = await startFakeApi({
    nodes: {
      getNode: async () => ({ node: fakeNode() }),
      validateNode: async () => ({
        interfaces: [{ interface: 'graphical', driver: 'vnc', why: 'named', violations: [], ...validation }],
      }),
    },
    consoles: {
      getConsole: async () => ({ console }),
      createConsoleUrl: async () => ({
        url: `http://${base}/#token=secret`,
        websocketUrl: `ws://${base}/session`,
      }),
    },
  });
  return await api.run(`doctor n1${options}`);
};

test('a healthy console has a tick at every step, and its token is sent nowhere', async () => {
  await using proxy = await startFakeProxy(200, 101);
  const { code, stdout } = await examine({}, fakeConsole(), proxy.base);
  expect(stdout.match(/^✓/gm)).toHaveLength(11);
  expect(stdout).not.toMatch(/^[✗–]/m);
  expect(code).toBe(0);
  expect(proxy.asked).toEqual(['/', `/session http://${proxy.base}`]);
});

test.each([
  ['BMC_NAME_NOT_FOUND', 'name', 4],
  ['BMC_REFUSED', 'port', 3],
  ['BMC_PROTOCOL_ERROR', 'protocol', 2],
  ['BMC_CERTIFICATE_REFUSED', 'certificate', 1],
  ['BMC_AUTHENTICATION_FAILED', 'authentication', 0],
])('%s is the step %s, and what lies behind it is not judged', async (reason, step, behind) => {
  const violations = [{ field: 'driver_info.vnc_address', reason, message: 'It says no.' }];
  const down = fakeConsole({ observed: 5, lastError: { reason, message: 'It says no.', at: undefined } });
  const { code, stdout } = await examine({ violations }, down);
  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`^✗ ${step}: It says no\\.\\n    → `, 'm'));
  expect(stdout.match(/^– .*: not reached$/gm) ?? []).toHaveLength(behind);
  expect(stdout).toContain(`✗ console: failed: It says no. (${reason})`);
});

test('a mistake in the options comes before every step to the machine', async () => {
  const violations = [{ field: 'driver_info.vnc_port', reason: 'FIELD_INVALID', message: 'expected a port' }];
  const { stdout } = await examine({ violations });
  expect(stdout).toContain('✗ options: driver_info.vnc_port: expected a port');
  expect(stdout.match(/not reached/g)).toHaveLength(5);
});

test('without a driver, and with the console disabled, it says how to go on', async () => {
  const { stdout } = await examine(
    { driver: '', why: 'none accepts it' },
    fakeConsole({ desired: 1, observed: 1 }),
  );
  expect(stdout).toContain('✗ driver: none accepts it');
  expect(stdout).toContain('→ consolemesh console enable n1 --wait');
});

test('a page that is refused and a proxy that is away are told apart', async () => {
  await using proxy = await startFakeProxy(404, 403);
  const refused = await examine({}, fakeConsole(), proxy.base);
  expect(refused.stdout).toContain('answers with HTTP 404');
  expect(refused.stdout).toContain(`refuses pages from http://${proxy.base}`);
  const away = await examine({}, fakeConsole(), '127.0.0.1:1', ' -o json');
  const { healthy, checks } = JSON.parse(away.stdout);
  expect(healthy).toBe(false);
  expect(checks.at(-1)).toMatchObject({
    name: 'websocket',
    state: 'failed',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
