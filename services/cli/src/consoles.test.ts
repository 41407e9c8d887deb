import type {
  CreateConsoleUrlRequest,
  DisableConsoleRequest,
  EnableConsoleRequest,
} from '@consolemesh/contracts/conductor';
import { toDuration, toTimestamp } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { fakeConsole, startFakeApi } from './testing.ts';

test('enabling answers at once, or waits as long as it is told', async () => {
  const asked: EnableConsoleRequest[] = [];
  await using api = await startFakeApi({
    consoles: {
      async enableConsole(request) {
        asked.push(request);
        return { console: fakeConsole({ observed: request.wait ? 3 : 2 }) };
      },
    },
  });
  expect((await api.run('console enable n1 -o json')).code).toBe(0);
  expect((await api.run('console enable n1 --wait')).code).toBe(0);
  expect((await api.run('console enable n1 --kind serial --wait 5s')).code).toBe(0);
  expect(asked.map(({ wait, kind }) => [kind, wait])).toEqual([
    [1, undefined],
    [1, toDuration(60_000)],
    [2, toDuration(5_000)],
  ]);
});

test('a console that fails while it is waited for is shown, and its own reason is the end', async () => {
  const lastError = {
    reason: 'BMC_AUTHENTICATION_FAILED',
    message: 'It refuses the password.',
    at: undefined,
  };
  await using api = await startFakeApi({
    consoles: { enableConsole: async () => ({ console: fakeConsole({ observed: 5, lastError }) }) },
  });
  const { code, stdout, stderr } = await api.run('console enable n1 --wait 1s');
  expect(code).toBe(4);
  expect(stdout).toContain('failed');
  expect(stderr).toContain('It refuses the password. (BMC_AUTHENTICATION_FAILED)');
  expect(stderr).toContain('node set n1 --secret');
});

test('a console that is not ready in time ends with the code for that', async () => {
  await using api = await startFakeApi({
    consoles: {
      enableConsole: async () => ({ console: fakeConsole({ observed: 2 }) }),
      disableConsole: async ({ linger }) => ({ console: fakeConsole({ observed: linger ? 1 : 6 }) }),
    },
  });
  expect((await api.run('console enable n1 --wait 1s')).code).toBe(4);
  expect((await api.run('console disable n1 --wait 1s')).code).toBe(5);
  expect((await api.run('console disable n1 --wait 1s --linger 5m')).code).toBe(0);
});

test('a console that cannot be stopped shows the way out, and is given up by force', async () => {
  const asked: DisableConsoleRequest[] = [];
  const lastError = { reason: 'BMC_REFUSED', message: 'Nobody listens.', at: undefined };
  const stuck = fakeConsole({ kind: 2, desired: 1, observed: 6, lastError });
  const left = {
    type: 'Restored',
    status: false,
    reason: 'LeftChanged',
    message: 'VNC stays on.',
    since: undefined,
  };
  const gone = fakeConsole({ kind: 2, desired: 1, observed: 1, conditions: [left] });
  await using api = await startFakeApi({
    consoles: {
      getConsole: async () => ({ console: stuck }),
      async disableConsole(request) {
        asked.push(request);
        return { console: request.force ? gone : stuck };
      },
    },
  });
  const command = '`consolemesh console disable n1 --kind serial --force`';
  expect((await api.run('console show n1 --kind serial')).stdout).toContain(command);
  const waited = await api.run('console disable n1 --kind serial --wait 1s');
  expect(waited).toMatchObject({ code: 5, stderr: expect.stringContaining(command) });
  expect(waited.stderr).toContain('is still stopping after 1 s: Nobody listens.');
  const given = await api.run('console disable n1 --kind serial --force');
  expect(given).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Restored (LeftChanged): VNC stays on.'),
  });
  expect(given.stdout).not.toContain('--force');
  expect(asked.map(({ force }) => force)).toEqual([false, true]);
});

test('JSON shows words, times and exact counters', async () => {
  await using api = await startFakeApi({
    consoles: { getConsole: async () => ({ console: fakeConsole() }) },
  });
  expect(JSON.parse((await api.run('console show n1 -o json')).stdout)).toMatchObject({
    kind: 'graphical',
    desired: 'enabled',
    observed: 'ready',
    endpointKind: 'tcp',
    generation: '1152921504606846976',
  });
});

test('consoles are listed by node, kind and state', async () => {
  const asked: unknown[] = [];
  await using api = await startFakeApi({
    consoles: {
      async listConsoles(request) {
        asked.push(request);
        return { consoles: [fakeConsole()], nextPageToken: '' };
      },
    },
  });
  const { stdout } = await api.run('console list --node n1 --kind serial --state degraded');
  expect(asked).toMatchObject([{ node: 'n1', kind: 2, observed: 4 }]);
  expect(stdout).toMatch(/^NODE .*\nn1 +graphical +enabled +ready +vnc +tcp +0\/4 +-\n$/);
});

test('a URL stands alone on standard output, and its role, life and use are as asked', async () => {
  const asked: CreateConsoleUrlRequest[] = [];
  await using api = await startFakeApi({
    consoles: {
      async createConsoleUrl(request) {
        asked.push(request);
        return {
          url: 'http://proxy/#token=t',
          compatibilityUrl: 'http://proxy/vnc_auto.html',
          websocketUrl: 'ws://proxy/session',
          token: 't',
          tokenId: 'id',
          expiresAt: toTimestamp(Date.now() + 600_000),
        };
      },
    },
  });
  expect((await api.run('console url n1')).stdout).toBe('http://proxy/#token=t\n');
  const { stdout } = await api.run('console url n1 --view-only --ttl 1h --single-use --subject bob -o json');
  expect(JSON.parse(stdout)).toMatchObject({ url: 'http://proxy/#token=t', tokenId: 'id' });
  expect(asked).toMatchObject([
    { node: 'n1', kind: 1, role: 1, singleUse: false, subject: '' },
    { role: 2, singleUse: true, subject: 'bob', ttl: toDuration(3_600_000) },
  ]);
});

test.each([
  ['console enable n1 --wait soon', '--wait soon: expected a duration'],
  ['console enable n1 --kind video', 'graphical, serial'],
  ['console disable n1 --force --linger 5m', "cannot be used with option '--linger"],
  ['console enable', "missing required argument 'node'"],
  ['consol list', 'Did you mean console?'],
  ['node list --api nowhere', 'nowhere is no target; expected host:port'],
  ['node list --api conductor.example:7110', 'plaintext goes to this machine only; give --tls-ca'],
  ['node list --tls-ca /tmp/ca.pem', '--tls-certificate (CONSOLEMESH_TLS_CERTIFICATE_FILE) and --tls-key'],
  ['node list --tls-ca /no --tls-certificate /no --tls-key /no', '--tls-ca: /no cannot be read (ENOENT)'],
])('%s is a mistake of the command line', async (command, told) => {
  await using api = await startFakeApi({});
  const { code, stdout, stderr } = await api.run(command);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(told);
});

test('what stands in one line of a console is not said again in another', async () => {
  const message = 'The node names vnc.';
  const conditions = [{ type: 'Started', status: true, reason: 'Ready', message, since: undefined }];
  await using api = await startFakeApi({
    consoles: { getConsole: async () => ({ console: fakeConsole({ conditions }) }) },
  });
  const { stdout } = await api.run('console show n1');
  expect(stdout.split(message)).toHaveLength(2);
  expect(stdout).toContain('✓ Started\n');
});
