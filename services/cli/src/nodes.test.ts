import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CreateNodeRequest,
  ListNodesRequest,
  UpdateNodeRequest,
} from '@consolemesh/contracts/conductor';
import { MeshError, violationsError } from '@consolemesh/errors';
import { expect, test } from 'vitest';
import { fakeNode, startFakeApi } from './testing.ts';

const secretFile = async (text: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-cli-'));
  const path = join(folder, 'secret');
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

const creating = async () => {
  const asked: CreateNodeRequest[] = [];
  const api = await startFakeApi({
    nodes: {
      async createNode(request) {
        asked.push(request);
        return { node: fakeNode({ name: request.node?.name ?? '' }) };
      },
    },
  });
  return { ...api, asked };
};

test('a node is created from its options, with secrets from a file and from standard input', async () => {
  await using api = await creating();
  await using file = await secretFile('hunter2\n');
  const { code, stdout } = await api.run(
    [
      ...'node create rack1-u7 --info vnc_address=192.0.2.7 --info vnc_port=5901 --graphical vnc --route relay'.split(
        ' ',
      ),
      ...[
        '--secret',
        `vnc_password=@${file.path}`,
        '--secret',
        'other=-',
        '--label',
        'rack=1',
        '--extra',
        'note=a=b',
      ],
      ...['--maintenance', 'new board', '-o', 'json'],
    ],
    { input: 'from stdin\r\n' },
  );
  expect(code).toBe(0);
  expect(api.asked[0]?.node).toMatchObject({
    name: 'rack1-u7',
    driverInfo: { vnc_address: '192.0.2.7', vnc_port: '5901' },
    driverSecrets: { vnc_password: 'hunter2', other: 'from stdin' },
    interfaces: { graphical: 'vnc', serial: '', power: '' },
    labels: { rack: '1' },
    extra: { note: 'a=b' },
    maintenance: true,
    maintenanceReason: 'new board',
    route: 2,
  });
  const shown = JSON.parse(stdout);
  expect(shown).toMatchObject({ name: 'rack1-u7', route: 'direct', createdAt: '2023-11-14T22:13:20.123Z' });
  expect(shown).toMatchObject({ driverSecrets: { vnc_password: '******' } });
});

test('an option of the driver takes the text of a file, and a value may begin with @', async () => {
  await using api = await creating();
  await using file = await secretFile('-----BEGIN\n-----END\n');
  await api.run(['node', 'create', 'n', '--info', `vnc_ca=@${file.path}`, '--info', 'handle=@@ada']);
  expect(api.asked[0]?.node?.driverInfo).toEqual({ vnc_ca: '-----BEGIN\n-----END', handle: '@ada' });
});

test.each([
  ['a secret in the command line', 'password=hunter2', 'password=@FILE'],
  ['a secret without a key', 'hunter2', 'KEY=@FILE'],
  ['a file that is not there', 'password=@/nowhere/hunter2-not', 'ENOENT'],
  ['an empty secret', 'password=-', 'is empty'],
])('%s is refused before anything is called, and the secret is not repeated', async (_, given, told) => {
  await using api = await creating();
  const { code, stdout, stderr } = await api.run(['node', 'create', 'n', '--secret', given]);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(told);
  if (!given.includes('@')) expect(stderr).not.toContain('hunter2');
  expect(api.asked).toEqual([]);
});

test('two secrets cannot both come from standard input', async () => {
  await using api = await creating();
  const result = await api.run('node create n --secret a=- --secret b=-', { input: 'one' });
  expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('holds the secret a already') });
});

test('every mistake that the conductor reports is on a line of its own, and the exit code is 7', async () => {
  await using api = await startFakeApi({
    nodes: {
      async createNode() {
        throw violationsError([
          { field: 'driver_info.vnc_address', reason: 'FIELD_REQUIRED', message: 'is missing' },
          { field: 'driver_info.vnc_prot', reason: 'FIELD_UNKNOWN', message: 'did you mean vnc_port?' },
        ]);
      },
    },
  });
  const { code, stderr } = await api.run('node create n1');
  expect(code).toBe(7);
  expect(stderr.split('\n')).toEqual([
    'consolemesh: 2 mistakes:',
    '  driver_info.vnc_address: is missing',
    '  driver_info.vnc_prot: did you mean vnc_port?',
    '',
  ]);
  const json = await api.run('node create n1 -o json');
  expect(JSON.parse(json.stderr)).toMatchObject({
    error: { reason: 'INVALID_ARGUMENT', exitCode: 7, violations: [{ reason: 'FIELD_REQUIRED' }, {}] },
  });
});

test('a list is read page by page and printed as a table or as JSON', async () => {
  const asked: ListNodesRequest[] = [];
  await using api = await startFakeApi({
    nodes: {
      async listNodes(request) {
        asked.push(request);
        const page = Number(request.pageToken || 0);
        const nodes = [fakeNode({ name: `n${page}` }), fakeNode({ name: `m${page}`, route: 0 })];
        return { nodes, nextPageToken: page < 2 ? `${page + 1}` : '' };
      },
    },
  });
  const table = await api.run('node list --label rack=1 --owner ada --no-maintenance');
  expect(table.stdout.split('\n').map((line) => line.split(/ +/)[0])).toEqual([
    'NAME',
    'n0',
    'm0',
    'n1',
    'm1',
    'n2',
    'm2',
    '',
  ]);
  expect(table.stdout).not.toContain('\u001b');
  expect(asked[0]).toMatchObject({ labels: { rack: '1' }, owner: 'ada', maintenance: false, pageSize: 1000 });
  const json = JSON.parse((await api.run('node list --limit 3 -o json')).stdout);
  expect(json.map(({ name }: { name: string }) => name)).toEqual(['n0', 'm0', 'n1']);
  expect(asked.at(-1)).toMatchObject({ pageToken: '1', pageSize: 1 });
  expect(asked.at(-1)?.maintenance).toBeUndefined();
});

test('text of several lines is one line of a table, and whole in JSON', async () => {
  const pem = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(1_150)}\n-----END CERTIFICATE-----`;
  const node = fakeNode({ driverInfo: { vnc_ca: pem }, owner: 'two\nlines' });
  await using api = await startFakeApi({
    nodes: {
      getNode: async () => ({ node }),
      listNodes: async () => ({ nodes: [node], nextPageToken: '' }),
    },
  });
  expect((await api.run('node show n1')).stdout).toContain(
    '  vnc_ca: -----BEGIN CERTIFICATE----- … (1,204 characters)\n',
  );
  expect((await api.run('node list')).stdout).toContain('two … (9 characters)');
  expect(JSON.parse((await api.run('node show n1 -o json')).stdout).driverInfo.vnc_ca).toBe(pem);
});

test('JSON leaves out what has no value, and keeps what somebody has left empty', async () => {
  const node = fakeNode({ extra: { note: '' }, interfaces: { graphical: 'vnc', serial: '', power: 'none' } });
  await using api = await startFakeApi({ nodes: { getNode: async () => ({ node }) } });
  const shown = JSON.parse((await api.run('node show n1 -o json')).stdout);
  expect(shown).toMatchObject({ extra: { note: '' }, labels: {}, maintenance: false });
  expect(shown.interfaces).toEqual({ graphical: 'vnc', power: 'none' });
  for (const key of ['owner', 'lessee', 'instanceUuid', 'maintenanceReason', 'updatedAt']) {
    expect(shown).not.toHaveProperty(key);
  }
});

test('what comes from elsewhere cannot move the cursor of the terminal', async () => {
  await using api = await startFakeApi({
    nodes: {
      listNodes: async () => ({ nodes: [fakeNode({ owner: '\u001b[2Jada\u0007' })], nextPageToken: '' }),
    },
  });
  const { stdout } = await api.run('node list', { terminal: true, env: { NO_COLOR: '1' } });
  expect(stdout).toContain('�[2Jada�');
  expect(stdout).not.toContain('\u001b');
});

test('a change names exactly the fields that were given, and the node by its UUID', async () => {
  const asked: UpdateNodeRequest[] = [];
  await using api = await startFakeApi({
    nodes: {
      getNode: async () => ({ node: fakeNode() }),
      async updateNode(request) {
        asked.push(request);
        return { node: fakeNode() };
      },
    },
  });
  const { code } = await api.run(
    'node set n1 --info vnc_port=5902 --unset driver_info.vnc_pin --name n2 --no-maintenance --owner ada --etag 3',
  );
  expect(code).toBe(0);
  expect([...(asked[0]?.updateMask ?? [])].sort()).toEqual(
    [
      'driver_info.vnc_port',
      'driver_info.vnc_pin',
      'name',
      'maintenance',
      'maintenance_reason',
      'owner',
    ].sort(),
  );
  expect(asked[0]?.node).toMatchObject({
    id: fakeNode().id,
    name: 'n2',
    etag: '3',
    maintenance: false,
    owner: 'ada',
  });
  expect(await api.run('node set n1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nothing to change'),
  });
});

test.each([
  ['NODE_NOT_FOUND', 3],
  ['NODE_IN_USE', 4],
  ['STORE_UNAVAILABLE', 5],
  ['PERMISSION_DENIED', 6],
  ['FIELD_INVALID', 7],
  ['UNIMPLEMENTED', 8],
  ['INTERNAL', 1],
] as const)('%s ends with %i', async (reason, code) => {
  await using api = await startFakeApi({
    nodes: {
      async deleteNode() {
        throw new MeshError(reason);
      },
    },
  });
  const result = await api.run('node delete n1 n2');
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(`(${reason})`);
});

test('what a deleted node leaves changed at its machine is said, also when quiet', async () => {
  const leftChanged = ['The console was given up.', 'VNC stays\u001b on.'];
  await using api = await startFakeApi({ nodes: { deleteNode: async () => ({ leftChanged }) } });
  expect(await api.run('node delete n1 --force -q')).toEqual({
    code: 0,
    stdout: '',
    stderr:
      'Left changed at the machine of n1: The console was given up.\nLeft changed at the machine of n1: VNC stays� on.\n',
  });
});

test('several nodes are deleted one after the other, and quietly when asked', async () => {
  const deleted: string[] = [];
  await using api = await startFakeApi({
    nodes: {
      async deleteNode({ node, force }) {
        deleted.push(`${node} ${force}`);
        return {};
      },
    },
  });
  expect((await api.run('node delete a b')).stderr).toBe('Deleted a.\nDeleted b.\n');
  expect(await api.run('node delete c --force -q')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(deleted).toEqual(['a false', 'b false', 'c true']);
});

test('a validation shows what each driver thinks, and ends with 7 when one would not work', async () => {
  await using api = await startFakeApi({
    nodes: {
      validateNode: async ({ checkReachability }) => ({
        interfaces: [
          { interface: 'graphical', driver: 'vnc', why: `reachability ${checkReachability}`, violations: [] },
          {
            interface: 'serial',
            driver: 'sol',
            why: '',
            violations: [{ field: 'driver_info.x', reason: 'FIELD_REQUIRED', message: 'is missing' }],
          },
        ],
      }),
    },
  });
  const { code, stdout } = await api.run('node validate n1 --reachability');
  expect(code).toBe(7);
  expect(stdout).toBe(
    '✓ graphical by vnc: reachability true\n✗ serial by sol\n    driver_info.x: is missing\n',
  );
});

test('an interface that no driver was meant for fails a validation only where it is the screen', async () => {
  const left = (name: string) => ({
    interface: name,
    driver: '',
    why: 'No driver accepts it.',
    violations: [],
  });
  const screen = { interface: 'graphical', driver: 'vnc', why: 'named', violations: [] };
  let interfaces = [screen, left('serial'), left('power')];
  await using api = await startFakeApi({ nodes: { validateNode: async () => ({ interfaces }) } });
  expect(await api.run('node validate n1')).toMatchObject({
    code: 0,
    stdout: '✓ graphical by vnc: named\n– serial: no driver serves it\n– power: no driver serves it\n',
  });
  expect(JSON.parse((await api.run('node validate n1 -o json')).stdout)).toMatchObject([
    { served: true, valid: true },
    { served: false, valid: false },
    { served: false, valid: false },
  ]);
  interfaces = [left('graphical'), screen];
  expect(await api.run('node validate n1')).toMatchObject({
    code: 7,
    stdout: expect.stringContaining('✗ graphical: No driver accepts it.\n'),
  });
});
