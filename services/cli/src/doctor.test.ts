import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DesiredState, InterfaceValidation } from '@consolemesh/contracts/conductor';
import { errorTable, MeshError } from '@consolemesh/errors';
import { expect, test } from 'vitest';
import { isStep } from './doctor/steps.ts';
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
  node = fakeNode(),
) => {
  await using api = await startFakeApi({
    nodes: {
      getNode: async () => ({ node }),
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

test('a tick stands only where something was looked at, and the token that is made is sent nowhere', async () => {
  await using proxy = await startFakeProxy(200, 101);
  const { code, stdout } = await examine({}, fakeConsole(), proxy.base);
  expect(stdout.match(/^✓ [a-z]+/gm)).toEqual([
    '✓ conductor',
    '✓ driver',
    '✓ options',
    '✓ port',
    '✓ protocol',
    '✓ authentication',
    '✓ console',
    '✓ url',
    '✓ page',
    '✓ websocket',
  ]);
  expect(stdout.match(/^– .*/gm)).toEqual([
    '– name: not checked, because 192.0.2.7 is no name but an address',
    '– certificate: not checked, because the driver vnc does not say whether the connection uses TLS; it has no complaint',
  ]);
  expect(stdout).not.toMatch(/^✗/m);
  expect(code).toBe(0);
  expect(proxy.asked).toEqual(['/', `/session http://${proxy.base}`]);
});

test('a name that the driver resolves is a tick; credentials that nobody has used are none', async () => {
  const node = fakeNode({ driverInfo: { vnc_address: 'bmc7.example' } });
  const { stdout } = await examine({}, fakeConsole({ observed: 2 }), undefined, '', node);
  expect(stdout).toContain('✓ name: the driver vnc resolves bmc7.example');
  expect(stdout).toContain('– authentication: not checked, because the driver vnc does not say whether');
  const open = await examine({}, fakeConsole({ unverifiedTls: true }), undefined, '', {
    ...node,
    driverSecrets: {},
  });
  expect(open.stdout).toContain('– authentication: not checked, because the node has no credentials');
  expect(open.stdout).toContain('– certificate: not checked, because the options of the node say');
});

test.each([
  ['BMC_NAME_NOT_FOUND', 'name', 4],
  ['BMC_REFUSED', 'port', 3],
  ['BMC_PROTOCOL_ERROR', 'protocol', 2],
  ['BMC_CERTIFICATE_REFUSED', 'certificate', 1],
  ['BMC_AUTHENTICATION_FAILED', 'authentication', 0],
  ['BMC_LOCKED_DOWN', 'settings of the BMC', 0],
])('%s is the step %s, and what lies behind it is not judged', async (reason, step, behind) => {
  const violations = [{ field: 'driver_info.vnc_address', reason, message: 'It says no.' }];
  const down = fakeConsole({ observed: 5, lastError: { reason, message: 'It says no.', at: undefined } });
  const { code, stdout } = await examine({ violations }, down);
  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`^✗ ${step}: It says no\\.\\n    → `, 'm'));
  expect(stdout.match(new RegExp(`: not checked, because ${step} failed$`, 'gm')) ?? []).toHaveLength(behind);
  expect(stdout).toContain(`✗ console: failed: It says no. (${reason})`);
  expect(stdout).not.toMatch(/NODE|DRIVER|KEY\b/);
});

test('after wrong credentials nobody is told to enable the console again, which would try nothing', async () => {
  const reason = 'BMC_AUTHENTICATION_FAILED';
  const failed = fakeConsole({ observed: 5, lastError: { reason, message: 'It says no.', at: undefined } });
  const { stdout } = await examine({}, failed);
  expect(stdout).toContain(
    `(${reason})\n    → Nothing is tried again until options or secrets of the node are changed with`,
  );
  expect(stdout).not.toContain('console enable');
});

test.each<[desired: DesiredState, advice: RegExp]>([
  [1, /--force`: what it changed at the machine stays then\.\n/],
  [2, /--force`: .* `consolemesh console enable n1 --wait` then makes it anew\.\n/],
])('a console that cannot be stopped is told from a disabled one, wanted %s', async (desired, advice) => {
  const lastError = { reason: 'BMC_REFUSED', message: 'Nobody listens (another machine).', at: undefined };
  const { stdout } = await examine({}, fakeConsole({ desired, observed: 6, lastError }));
  expect(stdout).toContain('✗ console: cannot be stopped: Nobody listens (another machine). (BMC_REFUSED)\n');
  expect(stdout).toMatch(/→ Mend what it says, or .* `consolemesh console disable n1 --force`/);
  expect(stdout).toMatch(advice);
});

test('every reason that a machine gives belongs to a step', () => {
  const machine = Object.keys(errorTable).filter((reason) => reason.startsWith('BMC_'));
  expect(machine.filter((reason) => !isStep(reason))).toEqual([]);
});

test('advice names the node, the driver and the option', async () => {
  const reason = 'BMC_PASSWORD_REQUIRED';
  const violations = [{ field: 'driver_secrets.vnc_password', reason, message: 'It asks for one.' }];
  const { stdout } = await examine({ violations }, fakeConsole({ observed: 2 }));
  expect(stdout).toContain(
    '→ Set the right credentials with `consolemesh node set n1 --secret vnc_password=@FILE`',
  );
  expect(stdout).toContain('`consolemesh console show n1` says how far it is');
});

test('a mistake in the options comes before every step to the machine', async () => {
  const violations = [{ field: 'driver_info.vnc_port', reason: 'FIELD_INVALID', message: 'expected a port' }];
  const { stdout } = await examine({ violations });
  expect(stdout).toContain('✗ options: driver_info.vnc_port: expected a port');
  expect(stdout).toContain('set them with `consolemesh node set n1 --info vnc_port=VALUE`');
  expect(stdout.match(/not checked, because options are wrong/g)).toHaveLength(5);
});

test('without a driver, and with the console disabled, it says how to go on', async () => {
  const { stdout } = await examine(
    { driver: '', why: 'none accepts it' },
    fakeConsole({ desired: 1, observed: 1 }),
  );
  expect(stdout).toContain('✗ driver: none accepts it');
  expect(stdout).toContain('→ `consolemesh console enable n1 --wait`');
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

test('a driver that does not answer is a failed driver and not a wrong option', async () => {
  const violations = [
    { field: 'interfaces.graphical', reason: 'DRIVER_UNAVAILABLE', message: 'No instance of vnc answers.' },
  ];
  const { code, stdout } = await examine({ violations });
  expect(code).toBe(1);
  expect(stdout).toContain('✗ driver: No instance of vnc answers.\n    → Start the driver vnc;');
  expect(stdout).toContain('– options: not checked, because there is no driver to ask');
});

test('a conductor that is not there is the step that failed', async () => {
  const api = await startFakeApi({});
  await api[Symbol.asyncDispose]();
  const { code, stdout } = await api.run('doctor n1');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^✗ conductor: Nothing listens at 127\.0\.0\.1:\d+, where the conductor should be\.\n {4}→ /,
  );
  const json = await api.run('doctor n1 -o json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    node: 'n1',
    healthy: false,
    checks: [{ state: 'failed' }],
  });
});

test('a node that there is not is no illness', async () => {
  await using api = await startFakeApi({
    nodes: {
      async getNode() {
        throw new MeshError('NODE_NOT_FOUND', 'There is no node n1.');
      },
    },
  });
  const { code, stderr } = await api.run('doctor n1');
  expect({ code, stderr }).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('consolemesh node list'),
  });
});
