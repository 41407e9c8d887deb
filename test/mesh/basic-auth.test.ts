import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { runCommandLine } from '@consolemesh/cli';
import {
  ConsoleServiceDefinition,
  NodeServiceDefinition,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { combineUsers, connect, type Logger, readBasicUsers } from '@consolemesh/mesh';
import { ChannelCredentials } from '@grpc/grpc-js';
import { type Channel, createChannel, createClient, Metadata } from 'nice-grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { createUser } from '../harness/user.ts';

const password = 'a long and plain password';
let folder: string;
let authority: Authority;
let mesh: Mesh;
let bare: Channel;
const said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consolemesh-basic-'));
  const path = join(folder, 'users');
  await writeFile(path, await lineOf('ada', password));
  authority = await createAuthority();
  await authority.issue('service/conductor', 'service/token', 'service/bmc-driver-fake', 'user/eve');
  const tell = (fields: object, text: string) => void said.push(`${text} ${inspect(fields, { depth: 10 })}`);
  const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => logger };
  mesh = await startMesh({
    ...{ proxies: 0, providers: 0, vncDrivers: 0 },
    trust: authority.trust,
    logger,
    conductor: { users: combineUsers(readBasicUsers(path, logger), undefined), administrators: ['user/eve'] },
    token: { administrators: ['user/eve'] },
  });
  bare = withoutCertificate(mesh.conductors[0]!.target);
});
afterAll(async () => {
  bare.close();
  await mesh[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What `consolemesh certs password` prints. */
async function lineOf(name: string, secret: string): Promise<string> {
  const written: string[] = [];
  const stdout = { write: (text: string) => void written.push(text) };
  const io = { stdout, stderr: stdout, stdin: Readable.from([`${secret}\n`]), env: {} };
  const stop = () => new AbortController().signal;
  const code = await runCommandLine(['certs', 'password', name], { ...io, stop } as never);
  if (code !== 0) throw new Error(written.join(''));
  return written.join('');
}

/** A channel that knows the authority and shows no certificate. */
function withoutCertificate(target: string): Channel {
  const trust = authority.trust('user/eve');
  if (trust.kind !== 'mtls') throw new Error('no mTLS');
  const credentials = ChannelCredentials.createSsl(trust.ca);
  return createChannel(target.replace('dns:///127.0.0.1', 'localhost'), credentials);
}

const basic = (name: string, secret = password) => ({
  metadata: Metadata({ authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` }),
});

test('a user calls the conductor with a password and is known by name', async () => {
  const eve = createUser(mesh, mesh.conductorTarget, 'user/eve');
  const node = await eve.node('basic');
  await eve.nodes.updateNode({ node: { id: node, lessee: 'ada' }, updateMask: ['lessee'] });
  await eve.enable('basic');
  const consoles = createClient(ConsoleServiceDefinition, bare);
  await consoles.createConsoleUrl({ node, kind: ConsoleKind.GRAPHICAL, role: Role.VIEW }, basic('ada'));
  const { tokens } = await eve.tokens.listTokens({});
  expect(tokens.map(({ subject }) => subject)).toEqual(['user/ada']);
});

test('with a wrong password, an unknown name or nothing at all nobody comes in, and is told which to show', async () => {
  const nodes = createClient(NodeServiceDefinition, bare);
  await expect(nodes.listNodes({})).rejects.toThrow(
    /UNAUTHENTICATED: Show a client certificate, or name and/,
  );
  for (const credentials of [basic('ada', 'a wrong one'), basic('eve'), basic('service/conductor')]) {
    const call = nodes.listNodes({}, credentials);
    await expect(call).rejects.toThrow(/UNAUTHENTICATED: The name or the password is wrong/);
  }
  const claimed = { metadata: Metadata({ 'x-consolemesh-identity': 'user/ada' }) };
  await expect(nodes.listNodes({}, claimed)).rejects.toThrow(/UNAUTHENTICATED/);
});

test('a password makes a user, not a service: the authorization table holds', async () => {
  const sessions = createClient(SessionServiceDefinition, bare);
  await expect(sessions.openSession({}, basic('ada'))).rejects.toThrow(
    /PERMISSION_DENIED: user\/ada may not/,
  );
});

test('certificates count as before, also beside a password, and one of another authority is worth nothing', async () => {
  using own = connect(mesh.conductors[0]!.target, { trust: authority.trust('user/eve') });
  await own.client(NodeServiceDefinition).listNodes({});
  const asEve = own.client(SessionServiceDefinition).openSession({}, basic('ada'));
  await expect(asEve).rejects.toMatchObject({
    reason: 'PERMISSION_DENIED',
    metadata: { caller: 'user/eve' },
  });
  await using foreign = await createAuthority();
  await foreign.issue('user/eve', 'service/conductor');
  const trust = authority.trust('user/eve');
  for (const identity of ['user/eve', 'service/conductor']) {
    const stranger = { ...foreign.trust(identity), ca: trust.kind === 'mtls' ? trust.ca : undefined };
    using connection = connect(mesh.conductors[0]!.target, { trust: stranger as typeof trust });
    const call = connection.client(NodeServiceDefinition).listNodes({});
    await expect(call).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
  }
});

test('services that were given no users ask for a certificate as before', async () => {
  const channel = withoutCertificate(mesh.tokens[0]!.target);
  const client = createClient(NodeServiceDefinition, channel);
  await expect(client.listNodes({}, basic('ada'))).rejects.toThrow(/UNAVAILABLE/);
  channel.close();
});

test('no log has a password', () => {
  expect(said.length).toBeGreaterThan(0);
  const all = said.join('\n');
  expect(all).not.toContain(password);
  expect(all).not.toContain('a wrong one');
  expect(all).not.toContain(Buffer.from(`ada:${password}`).toString('base64'));
});
