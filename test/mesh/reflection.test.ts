import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { openConsole } from '../harness/open-console.ts';

const buf = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));
let mesh: Mesh;

beforeAll(async () => {
  mesh = await startMesh({ serialproxies: 1 });
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** What `buf curl` prints; it knows of no proto but what the server tells. */
async function curl(target: string, path: string, ...more: string[]): Promise<string> {
  const url = `http://${target.replace('dns:///', '')}${path}`;
  // Started in a folder without protos.
  const child = spawn(buf, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...more, url], {
    cwd: '/',
  });
  const [out, err] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray()),
  );
  const code = child.exitCode ?? (await new Promise<number>((resolve) => child.once('exit', resolve)));
  if (code !== 0) throw new Error(`buf curl ${path}: ${err!.join('')}`);
  return out!.join('');
}

const call = async (target: string, method: string, request: object): Promise<Record<string, never>> =>
  JSON.parse(await curl(target, `/${method}`, '-d', JSON.stringify(request)));

/** Every server with the contracts that it serves beside health and reflection. */
const servers: readonly [string, () => string, readonly string[]][] = [
  [
    'the conductor',
    () => mesh.conductors[0]!.target,
    ['Audit', 'Console', 'Inventory', 'Key', 'Node', 'Power', 'Session'].map(
      (name) => `consolemesh.conductor.v1.${name}Service`,
    ),
  ],
  ['the token service', () => mesh.tokens[0]!.target, ['consolemesh.token.v1.TokenService']],
  ['a proxy', () => mesh.proxies[0]!.target, ['consolemesh.proxy.v1.ProxyService']],
  ['a serial proxy', () => mesh.serialproxies[0]!.target, ['consolemesh.proxy.v1.ProxyService']],
  ...(['vncDrivers', 'fakeDrivers'] as const).map(
    (kind) =>
      [
        `a driver of ${kind}`,
        () => mesh[kind][0]!.target,
        pluginServices('driver.v1.DriverService'),
      ] as const,
  ),
  ['a provider', () => mesh.providers[0]!.target, pluginServices('provider.v1.ProviderService')],
] as readonly [string, () => string, readonly string[]][];

function pluginServices(own: string): string[] {
  return [own, 'plugin.v1.PluginService', 'stream.v1.StreamService'].map((name) => `consolemesh.${name}`);
}

describe.each(servers)('%s', (_name, target, services) => {
  test('lists its services and nothing else', async () => {
    const listed = (await curl(target(), '', '--list-services')).trim().split('\n');
    const common = ['grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'];
    expect(listed.filter((name) => !name.startsWith('grpc.reflection.v1alpha')).sort()).toEqual(
      [...services, ...common].sort(),
    );
  });

  test('lists the methods of each, and describes each', async () => {
    const methods = (await curl(target(), '', '--list-methods')).trim().split('\n');
    const questions = services.map((service) => JSON.stringify({ fileContainingSymbol: service })).join('\n');
    const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const answers = await curl(target(), reflection, '-d', questions);
    const files = [...answers.matchAll(/[A-Za-z0-9+/]{200,}={0,2}/g)].map(([text]) =>
      Buffer.from(text, 'base64').toString('latin1'),
    );
    for (const service of services) {
      expect(
        methods.some((method) => method.startsWith(`${service}/`)),
        service,
      ).toBe(true);
      const name = service.slice(service.lastIndexOf('.') + 1);
      expect(
        files.some((file) => file.includes(name)),
        service,
      ).toBe(true);
    }
  });

  test('says by the health protocol that it serves', async () => {
    expect(await call(target(), 'grpc.health.v1.Health/Check', { service: services[0] })).toEqual({
      status: 'SERVING',
    });
  });
});

test('a console can be opened with nothing but buf curl and a browser', async () => {
  const target = mesh.conductorTarget;
  const conductor = (method: string, request: object) =>
    call(target, `consolemesh.conductor.v1.${method}`, request);
  const { node } = await conductor('NodeService/CreateNode', {
    node: { name: 'by-hand', interfaces: { graphical: 'fake', serial: 'none' } },
  });
  expect(node).toMatchObject({ name: 'by-hand' });
  const which = { node: 'by-hand', kind: 'CONSOLE_KIND_GRAPHICAL' };
  const { console } = await conductor('ConsoleService/EnableConsole', { ...which, wait: '20s' });
  expect(console).toMatchObject({ observed: 'OBSERVED_STATE_READY' });
  const { url } = await conductor('ConsoleService/CreateConsoleUrl', which);
  using tab = await openConsole(String(url));
  await tab.screen();
});

test('a mistake comes back as a status with its reason', async () => {
  const request = { node: 'nobody', kind: 'CONSOLE_KIND_GRAPHICAL' };
  const failing = call(mesh.conductorTarget, 'consolemesh.conductor.v1.ConsoleService/GetConsole', request);
  await expect(failing).rejects.toThrow(/not_found[\s\S]*There is no node nobody/);
});

describe('the details of a mistake', () => {
  /** A FileDescriptorSet of what the server says about these symbols. */
  async function describeSymbols(target: string, symbols: readonly string[]): Promise<Buffer> {
    const questions = symbols.map((fileContainingSymbol) => JSON.stringify({ fileContainingSymbol }));
    const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const answers = await curl(target, reflection, '-d', questions.join('\n'));
    const files = [...answers.matchAll(/"([A-Za-z0-9+/]{80,}={0,2})"/g)].map(([, text]) => text!);
    return Buffer.concat(
      [...new Set(files)].flatMap((text) => {
        const file = Buffer.from(text, 'base64');
        return [Buffer.from([0x0a, (file.length & 0x7f) | 0x80, file.length >> 7]), file];
      }),
    );
  }

  /** A message in words, made of nothing but a descriptor set. */
  async function decode(descriptors: Buffer, type: string, base64: string): Promise<unknown> {
    const folder = await mkdtemp(join(tmpdir(), 'consolemesh-details-'));
    try {
      await writeFile(join(folder, 'all.binpb'), descriptors);
      await writeFile(join(folder, 'detail.binpb'), Buffer.from(base64, 'base64'));
      const args = [
        'convert',
        'all.binpb',
        '--type',
        type,
        '--from',
        'detail.binpb',
        '--to',
        '-#format=json',
      ];
      return JSON.parse((await promisify(execFile)(buf, args, { cwd: folder })).stdout);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  test('can be read with nothing but what the server describes', async () => {
    const target = mesh.conductorTarget;
    const request = { node: { interfaces: { graphical: 'none' }, driverInfo: { '': 'x' } } };
    const failing = call(target, 'consolemesh.conductor.v1.NodeService/CreateNode', request);
    const told = await failing.then(String, (error: Error) => error.message);
    const { details } = JSON.parse(told.slice(told.indexOf('{'))) as {
      details: readonly { type: string; value: string }[];
    };
    const descriptors = await describeSymbols(target, [
      ...details.map(({ type }) => type),
      'google.protobuf.Duration',
    ]);
    expect(await Promise.all(details.map(({ type, value }) => decode(descriptors, type, value)))).toEqual([
      {
        reason: 'INVALID_ARGUMENT',
        domain: 'consolemesh',
        metadata: { recovery: 'fix-request', violation_reasons: 'FIELD_REQUIRED,FIELD_INVALID' },
      },
      {
        fieldViolations: [
          { field: 'name', description: 'a node needs a name' },
          { field: 'driver_info', description: 'a key has 1 to 64 characters' },
        ],
      },
    ]);
  });
});
