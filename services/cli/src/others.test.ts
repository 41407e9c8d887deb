import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { startFakeApi } from './testing.ts';

const session = {
  id: 's1',
  key: { consoleId: 'c1', generation: 3n },
  nodeName: 'n1',
  kind: 1 as const,
  role: 2 as const,
  subject: 'ada',
  proxyId: 'p1',
  state: 2 as const,
  openedAt: toTimestamp(0),
  expiresAt: toTimestamp(3_600_000),
  end: undefined,
};

test('sessions are listed, shown and terminated with a sentence', async () => {
  const ended: unknown[] = [];
  const listed: unknown[] = [];
  await using api = await startFakeApi({
    sessions: {
      async listSessions(request) {
        listed.push(request);
        return { sessions: [session], nextPageToken: '' };
      },
      getSession: async () => ({ session }),
      async terminateSession(request) {
        ended.push(request);
        return {};
      },
    },
  });
  expect((await api.run('session list --node n1 --subject ada --all')).stdout).toMatch(
    /s1 +n1 +graphical +view +ada +open/,
  );
  expect(listed).toMatchObject([{ node: 'n1', subject: 'ada', includeEnded: true }]);
  expect(JSON.parse((await api.run('session show s1 -o json')).stdout)).toMatchObject({
    key: { generation: '3' },
    role: 'view',
    openedAt: '1970-01-01T00:00:00.000Z',
  });
  const { code, stderr } = await api.run(['session', 'terminate', 's1', 's2', '-m', 'Time is up.']);
  expect(code).toBe(0);
  expect(ended).toEqual([
    { sessionId: 's1', message: 'Time is up.' },
    { sessionId: 's2', message: 'Time is up.' },
  ]);
  // The link outlives the session: its user must not be thought locked out.
  expect(stderr).toContain('ada can open the console again');
  expect(stderr).toContain('consolemesh session terminate s1 --revoke');
});

test('a session is ended for good by revoking what its subject has for that console first', async () => {
  const calls: unknown[] = [];
  const token = (tokenId: string) => ({
    tokenId,
    key: { consoleId: 'c1', generation: 1n },
    kind: 1 as const,
    role: 1 as const,
    subject: 'ada',
    issuedAt: toTimestamp(0),
    expiresAt: toTimestamp(0),
    singleUse: false,
    redemptions: 1,
  });
  await using api = await startFakeApi({
    sessions: {
      getSession: async () => ({ session }),
      async terminateSession({ sessionId }) {
        calls.push(`terminate ${sessionId}`);
        return {};
      },
    },
    tokens: {
      async listTokens({ consoleId, subject }) {
        calls.push({ consoleId, subject });
        return { tokens: [token('t1'), token('t2')], nextPageToken: '' };
      },
      async revokeTokens({ selector, message }) {
        calls.push({ ...selector, message });
        return { revoked: selector?.value === 't2' ? 0 : 1, revision: 1n };
      },
    },
  });
  const argv = ['session', 'terminate', 's1', '--revoke', '-m', 'Bye.'];
  const { code, stderr } = await api.run(argv);
  expect(code).toBe(0);
  expect(calls).toEqual([
    { consoleId: 'c1', subject: 'ada' },
    { $case: 'tokenId', value: 't1', message: 'Bye.' },
    { $case: 'tokenId', value: 't2', message: 'Bye.' },
    { $case: 'sessionId', value: 's1', message: 'Bye.' },
    'terminate s1',
  ]);
  // t2 had expired in between: what is told is what was done.
  expect(stderr).toContain('Revoked one link of ada to the graphical console of n1');
  expect(stderr).toContain('t1');
  expect(stderr).not.toContain('t2');
  expect(JSON.parse((await api.run([...argv, '-o', 'json'])).stdout)).toEqual([
    { sessionId: 's1', node: 'n1', subject: 'ada', kind: 'graphical', revokedTokens: ['t1'] },
  ]);
});

test('tokens are listed without their secrets and revoked by each selector', async () => {
  const revoked: unknown[] = [];
  await using api = await startFakeApi({
    tokens: {
      listTokens: async () => ({
        tokens: [
          {
            tokenId: 't1',
            key: { consoleId: 'c1', generation: 1n },
            kind: 1 as const,
            role: 1 as const,
            subject: 'ada',
            issuedAt: toTimestamp(0),
            expiresAt: toTimestamp(Date.now() + 590_000),
            singleUse: true,
            redemptions: 0,
          },
        ],
        nextPageToken: '',
      }),
      async revokeTokens({ selector }) {
        revoked.push(selector);
        return { revoked: 2, revision: 1n };
      },
    },
  });
  expect((await api.run('token list')).stdout).toMatch(/t1 +c1 +graphical +control +ada +10m +0 of 1/);
  const { stdout } = await api.run('token revoke t1 t2 --console c1 --subject ada --session s1');
  expect(stdout).toBe('10 revoked\n');
  expect(revoked).toEqual([
    { $case: 'tokenId', value: 't1' },
    { $case: 'tokenId', value: 't2' },
    { $case: 'consoleId', value: 'c1' },
    { $case: 'subject', value: 'ada' },
    { $case: 'sessionId', value: 's1' },
  ]);
  expect((await api.run('token revoke')).code).toBe(2);
});

test('power is shown and changed, each change under an operation id of its own unless one is given', async () => {
  const asked: { action: number; operationId: string }[] = [];
  const devices: unknown[] = [];
  await using api = await startFakeApi({
    power: {
      getPower: async () => ({ state: 0 as const }),
      async setPower({ action, operationId }) {
        asked.push({ action, operationId });
        return { state: 2 as const };
      },
      async setBootDevice({ node, device }) {
        devices.push({ node, device });
        return {};
      },
    },
  });
  expect((await api.run('power show n1')).stdout).toContain('unknown');
  expect((await api.run('power soft-off n1')).stdout).toContain('off');
  for (const word of ['on', 'off', 'cycle', 'reset']) await api.run(`power ${word} n1 --operation-id op`);
  expect(asked.map(({ action }) => action)).toEqual([3, 1, 2, 4, 5]);
  expect(asked[0]?.operationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(asked[1]?.operationId).toBe('op');
  expect((await api.run('boot-device n1 pxe')).code).toBe(0);
  expect((await api.run('boot-device n1 floppy')).code).toBe(2);
  expect(devices).toEqual([{ node: 'n1', device: 1 }]);
});

test('drivers and providers are listed with their trouble, and shown with their options', async () => {
  const schema = {
    properties: {
      driver_info: {
        required: ['address'],
        properties: {
          address: { description: 'Where it is.' },
          port: { description: 'Its port.', default: 5900 },
        },
      },
    },
  };
  const plugin = (name: string) => ({
    name,
    capabilities: {
      consoles: [{ kind: 1 as const, endpointKinds: [1 as const, 2 as const], affinity: 1 as const }],
      capabilities: [1 as const],
    },
    optionsSchema: JSON.stringify(schema),
    instances: [
      { instanceId: 'i1', target: 'dns:///h:1', version: '1', state: 1 as const, message: '' },
      { instanceId: 'i2', target: 'dns:///h:2', version: '1', state: 3 as const, message: 'disk full' },
    ],
  });
  await using api = await startFakeApi({
    inventory: {
      listDrivers: async () => ({ drivers: [plugin('vnc')] }),
      listProviders: async () => {
        throw new MeshError('UNAVAILABLE', 'Later.');
      },
    },
  });
  expect((await api.run('driver list')).stdout).toMatch(/vnc +graphical +tcp, relay +power +1\/2 +disk full/);
  const { stdout } = await api.run('driver show vnc');
  expect(stdout).toContain('address: Where it is. (required)');
  expect(stdout).toContain('port: Its port. (default 5900)');
  expect(JSON.parse((await api.run('driver show vnc -o json')).stdout)).toMatchObject({
    optionsSchema: schema,
  });
  expect(await api.run('driver show vcn')).toMatchObject({
    code: 3,
    stderr: 'consolemesh: The conductor knows no driver named vcn.\nDid you mean vnc?\n',
  });
  expect((await api.run('driver show ipmi')).stderr).toContain('It knows vnc.');
  expect(await api.run('provider list')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('Later.'),
  });
});
