import { randomUUID } from 'node:crypto';
import { InventoryServiceDefinition, SessionServiceDefinition } from '@consolemesh/contracts/conductor';
import { DriverServiceDefinition } from '@consolemesh/contracts/driver';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { connect, createLogger, type Logger, plaintext, silentLogger } from '@consolemesh/mesh';
import { ChannelCredentials } from '@grpc/grpc-js';
import { createChannel, createClient, Metadata } from 'nice-grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { knock, openConsole } from '../harness/open-console.ts';
import { createUser } from '../harness/user.ts';
import { startVncTarget } from '../harness/vnc-target.ts';

const services = [
  'conductor',
  'token',
  'novncproxy',
  'bmc-driver-vnc',
  'bmc-driver-fake',
  'container-provider-fake',
];
const refused: { caller?: unknown; path?: unknown }[] = [];
let authority: Authority;
let mesh: Mesh;

beforeAll(async () => {
  authority = await createAuthority();
  await authority.issue(...services.map((name) => `service/${name}`), 'user/ada');
  mesh = await startMesh({ trust: authority.trust, logger: listen(silentLogger) });
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
});

/** A logger that keeps what is said about refused calls. */
function listen(logger: Logger): Logger {
  const warn = (about: object, text: string) => text === 'refused a call' && refused.push(about);
  return new Proxy(logger, { get: (target, name) => (name === 'warn' ? warn : Reflect.get(target, name)) });
}

test.each(['direct', 'relay'] as const)('a console opens from end to end over mTLS, %s', async (route) => {
  await using machine = await startVncTarget();
  const user = createUser(mesh);
  const info = { vnc_address: machine.host, vnc_port: `${machine.port}` };
  await user.node(`mtls-${route}`, { driver: 'vnc', info, route });
  await user.enable(`mtls-${route}`);
  using tab = await openConsole((await user.link(`mtls-${route}`)).url);
  expect(tab.opened).toMatchObject({ subject: 'user/ada' });
  expect(await tab.screen()).toHaveLength(32 * 16 * 4);
  await user.disable(`mtls-${route}`);
});

test('a container opens over mTLS', async () => {
  const user = createUser(mesh);
  await user.node('mtls-container', { info: { fake_endpoint: 'container' }, route: 'relay' });
  await user.enable('mtls-container');
  using tab = await openConsole((await user.link('mtls-container')).url);
  await tab.screen();
});

/** Calls that somebody with a certificate of the mesh may not make: who, which path, the call. */
const forbidden: readonly [string, string, (metadata?: Metadata) => Promise<unknown>][] = [
  [
    'user/ada',
    '/consolemesh.token.v1.TokenService/IssueToken',
    (metadata) =>
      mesh.connect(mesh.tokenTarget).client(TokenServiceDefinition).issueToken({}, options(metadata)),
  ],
  [
    'user/ada',
    '/consolemesh.driver.v1.DriverService/ListConsoles',
    (metadata) =>
      mesh
        .connect(mesh.vncDrivers[0]!.target)
        .client(DriverServiceDefinition)
        .listConsoles({}, options(metadata)),
  ],
  [
    'service/bmc-driver-vnc',
    '/consolemesh.conductor.v1.SessionService/OpenSession',
    (metadata) =>
      mesh
        .connect(mesh.conductorTarget, 'service/bmc-driver-vnc')
        .client(SessionServiceDefinition)
        .openSession({}, options(metadata)),
  ],
];
const options = (metadata: Metadata | undefined) => (metadata ? { metadata } : {});

test.each(forbidden)('%s may not call %s; it is refused and written down', async (caller, path, call) => {
  const before = refused.length;
  await expect(call()).rejects.toMatchObject({ reason: 'PERMISSION_DENIED', metadata: { caller } });
  expect(refused.slice(before)).toEqual([{ caller, path }]);
});

test.each(forbidden)(
  '%s gains nothing by claiming to be somebody else in the header (%s)',
  async (caller, _path, call) => {
    for (const claim of ['service/conductor', 'service/novncproxy', 'local']) {
      const metadata = Metadata({ 'x-consolemesh-identity': claim });
      await expect(call(metadata)).rejects.toMatchObject({
        reason: 'PERMISSION_DENIED',
        metadata: { caller },
      });
    }
  },
);

test('nobody comes in without a certificate, without TLS, or with one of another authority or trust domain', async () => {
  await using foreign = await createAuthority();
  await foreign.issue('user/ada', 'service/conductor');
  await using elsewhere = await createAuthority('elsewhere.test');
  await elsewhere.issue('user/ada');
  const own = authority.trust('user/ada');
  if (own.kind !== 'mtls') throw new Error('the mesh has no mTLS');
  const targets = [
    mesh.conductors,
    mesh.tokens,
    mesh.proxies,
    mesh.vncDrivers,
    mesh.fakeDrivers,
    mesh.providers,
  ];
  for (const { target } of targets.flat()) {
    const bare = createChannel(target.replace('dns:///', ''), ChannelCredentials.createSsl(own.ca));
    const client = createClient(TokenServiceDefinition, bare);
    await expect(client.listGrantKeys({})).rejects.toThrow(/UNAVAILABLE/);
    bare.close();
    for (const stranger of [
      foreign.trust('user/ada'),
      foreign.trust('service/conductor'),
      elsewhere.trust('user/ada'),
    ]) {
      // It knows the mesh's authority, so only the mesh can refuse.
      using connection = connect(target, {
        trust: { ...stranger, ca: own.ca } as typeof own,
        retries: false,
      });
      const call = connection.client(TokenServiceDefinition).listGrantKeys({});
      await expect(call).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    }
    using plain = connect(target, { trust: plaintext, retries: false });
    await expect(plain.client(TokenServiceDefinition).listGrantKeys({})).rejects.toMatchObject({
      reason: 'UNAVAILABLE',
    });
  }
});

test('a service does not talk to a server that has no certificate of the mesh', async () => {
  await using foreign = await createAuthority();
  await foreign.issue(...services.map((name) => `service/${name}`), 'user/ada');
  await using stranger = await startMesh({ trust: foreign.trust, conductors: 0, proxies: 0, providers: 0 });
  const client = mesh.connect(stranger.tokenTarget, 'service/conductor').client(TokenServiceDefinition);
  await expect(client.listGrantKeys({})).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
});

test('a plugin that stands where the conductor should be is not told anything', async () => {
  const trust = authority.trust('service/novncproxy');
  for (const { target } of [mesh.vncDrivers, mesh.tokens].flat()) {
    using connection = connect(target, { trust, service: 'conductor', retries: false });
    await expect(connection.client(SessionServiceDefinition).openSession({})).rejects.toMatchObject({
      reason: 'UNAVAILABLE',
      message: expect.stringMatching(/certificate is that of service\/.*, not of service\/conductor/),
    });
  }
});

test('a console gets no link, and no proxy lets anybody in, where a plugin stands in place of the token service', async () => {
  const impostor = authority.trust('service/bmc-driver-vnc');
  const trust = (name: string) => (name === 'service/token' ? impostor : authority.trust(name));
  await using other = await startMesh({ trust });
  const user = createUser(other);
  await user.node('misled', { info: { fake_endpoint: 'container' }, route: 'relay' });
  await user.enable('misled');
  await expect(user.link('misled')).rejects.toMatchObject({ reason: 'TOKEN_SERVICE_UNAVAILABLE' });
  using tab = await knock(`${other.publicUrl}#token=any&node=misled`);
  await expect(tab.closed).resolves.toMatchObject({ closing: { reason: 'TOKEN_SERVICE_UNAVAILABLE' } });
});

test('no proxy shows a session to a plugin that stands in place of the conductor', async () => {
  const impostor = authority.trust('service/bmc-driver-vnc');
  const trust = (name: string) => (name === 'service/conductor' ? impostor : authority.trust(name));
  await using other = await startMesh({ trust });
  using tokens = connect(other.tokenTarget, { trust: authority.trust('service/conductor') });
  const { token } = await tokens.client(TokenServiceDefinition).issueToken({
    key: { consoleId: randomUUID(), generation: 1n },
    kind: ConsoleKind.GRAPHICAL,
    role: Role.CONTROL,
    subject: 'user/ada',
  });
  using tab = await knock(`${other.publicUrl}#token=${token}&node=misled`);
  await expect(tab.closed).resolves.toMatchObject({ closing: { reason: 'CONDUCTOR_UNAVAILABLE' } });
});

test('a plugin is nobody where the configuration names another, and the log says who answers there', async () => {
  const lines: { msg: string }[] = [];
  const logger = createLogger('conductor', 'warn', { write: (line) => void lines.push(JSON.parse(line)) });
  const told = () => lines.filter(({ msg }) => msg.startsWith('no plugin answers'));
  const [fake, vnc, provider] = [mesh.fakeDrivers, mesh.vncDrivers, mesh.providers].map((part) => part[0]!);
  await using other = await startMesh({
    ...{ trust: authority.trust, logger, vncDrivers: 0, fakeDrivers: 0, providers: 0, proxies: 0 },
    conductor: {
      drivers: [`bmc-driver-fake@${fake!.target}`, `bmc-driver-fake@${vnc!.target}`],
      providers: [`bmc-driver-fake@${provider!.target}`],
      pluginPollMs: 50,
    },
  });
  await expect.poll(told).toHaveLength(2);
  for (const name of ['bmc-driver-vnc', 'container-provider-fake']) {
    const why = expect.stringContaining(`is that of service/${name}, not of service/bmc-driver-fake`);
    expect(told()).toContainEqual(expect.objectContaining({ why }));
  }
  const inventory = other.connect(other.conductorTarget).client(InventoryServiceDefinition);
  expect((await inventory.listDrivers({})).drivers.map(({ name }) => name)).toEqual(['fake']);
  expect((await inventory.listProviders({})).providers).toEqual([]);
});

test('the mesh still works after all that', async () => {
  const user = createUser(mesh);
  using tab = await openConsole((await user.link('mtls-container')).url);
  await tab.screen();
});
