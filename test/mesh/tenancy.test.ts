import { ConsoleServiceDefinition, NodeServiceDefinition } from '@consolemesh/contracts/conductor';
import { ProxyServiceDefinition } from '@consolemesh/contracts/proxy';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { onBehalfKey } from '@consolemesh/mesh';
import { Metadata } from 'nice-grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';

const kind = ConsoleKind.GRAPHICAL;
let authority: Authority;
let mesh: Mesh;
/** Ada owns, bea has on loan, eve is anybody, root is the administrator. */
let ada: User;
let bea: User;
let eve: User;
let root: User;

beforeAll(async () => {
  authority = await createAuthority();
  const services = ['conductor', 'token', 'novncproxy', 'bmc-driver-fake', 'webui', 'ironic-gateway'];
  const users = ['ada', 'bea', 'eve', 'root'];
  await authority.issue(...services.map((name) => `service/${name}`), ...users.map((name) => `user/${name}`));
  const administrators = ['user/root', 'group/ops'];
  mesh = await startMesh({
    ...{ providers: 0, vncDrivers: 0 },
    trust: authority.trust,
    conductor: { administrators },
    token: { administrators },
    proxy: { administrators },
  });
  [ada, bea, eve, root] = users.map((name) => createUser(mesh, mesh.conductorTarget, `user/${name}`)) as [
    User,
    User,
    User,
    User,
  ];
  const node = await root.node('lent');
  await root.nodes.updateNode({ node: { id: node, owner: 'ada' }, updateMask: ['owner'] });
  await ada.nodes.updateNode({ node: { id: node, lessee: 'bea' }, updateMask: ['lessee'] });
  await root.node('spare');
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
});

const denied = { reason: 'PERMISSION_DENIED' };
const unknown = { reason: 'NODE_NOT_FOUND' };
/** Calls of a service in somebody's place. */
const inPlaceOf = (...who: string[]) => ({ metadata: Metadata({ [onBehalfKey]: who.join(',') }) });
const serviceNodes = (name: string) =>
  mesh.connect(mesh.conductorTarget, `service/${name}`).client(NodeServiceDefinition);
const serviceConsoles = (name: string) =>
  mesh.connect(mesh.conductorTarget, `service/${name}`).client(ConsoleServiceDefinition);
const namesOf = ({ nodes }: { nodes: { name: string }[] }) => nodes.map(({ name }) => name);

test('everybody sees what is his', async () => {
  expect(namesOf(await ada.nodes.listNodes({}))).toEqual(['lent']);
  expect(namesOf(await bea.nodes.listNodes({}))).toEqual(['lent']);
  expect(namesOf(await eve.nodes.listNodes({}))).toEqual([]);
  expect(namesOf(await root.nodes.listNodes({}))).toEqual(['lent', 'spare']);
  await expect(eve.nodes.getNode({ node: 'lent' })).rejects.toMatchObject(unknown);
  await expect(ada.nodes.getNode({ node: 'spare' })).rejects.toMatchObject(unknown);
});

test('a lessee opens the console and ends sessions on it; somebody else can do neither', async () => {
  await bea.enable('lent');
  using tab = await openConsole((await bea.link('lent')).url);
  expect(tab.opened).toMatchObject({ subject: 'user/bea' });
  await expect(eve.link('lent')).rejects.toMatchObject(unknown);
  const [session] = (await ada.sessions.listSessions({})).sessions;
  expect(session).toMatchObject({ subject: 'user/bea', nodeName: 'lent' });
  expect((await eve.sessions.listSessions({ subject: 'user/bea' })).sessions).toEqual([]);
  const ending = { sessionId: session!.id };
  await expect(eve.sessions.terminateSession(ending)).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
  await bea.sessions.terminateSession(ending);
  await expect(bea.disable('lent')).resolves.toBeDefined();
});

test('a lessee neither changes nor deletes the node, and an owner does not give it away', async () => {
  const { node } = await bea.nodes.getNode({ node: 'lent' });
  const update = (user: User, change: object) =>
    user.nodes.updateNode({ node: { id: node!.id, ...change }, updateMask: Object.keys(change) });
  await expect(update(bea, { lessee: 'eve' })).rejects.toMatchObject(denied);
  await expect(bea.nodes.deleteNode({ node: 'lent', force: true })).rejects.toMatchObject(denied);
  await expect(bea.consoles.disableConsole({ node: 'lent', kind, force: true })).rejects.toMatchObject(
    denied,
  );
  await expect(update(ada, { owner: 'eve' })).rejects.toMatchObject(denied);
  await expect(update(eve, { owner: 'eve' })).rejects.toMatchObject(unknown);
});

test('only an administrator makes a URL for somebody else', async () => {
  await ada.enable('lent');
  await expect(ada.link('lent', { subject: 'user/eve' })).rejects.toMatchObject(denied);
  await ada.link('lent', { subject: 'user/ada' });
  await root.link('lent', { subject: 'user/eve' });
});

test('tokens, the audit log and the proxies are for administrators', async () => {
  const proxies = (identity: string) =>
    mesh.connect(mesh.proxies[0]!.target, `user/${identity}`).client(ProxyServiceDefinition);
  for (const call of [
    () => ada.tokens.listTokens({}),
    () => ada.tokens.revokeTokens({ selector: { $case: 'subject', value: 'user/bea' } }),
    () => ada.audit.listAuditEvents({}),
    () => proxies('ada').listSessions({}),
  ]) {
    await expect(call()).rejects.toMatchObject({ ...denied, metadata: { caller: 'user/ada' } });
  }
  await root.tokens.listTokens({});
  await root.audit.listAuditEvents({});
  await proxies('root').listSessions({});
});

test('the web page and the gateway may what the user may in whose place they call, and the log names both', async () => {
  for (const name of ['webui', 'ironic-gateway']) {
    const nodes = serviceNodes(name);
    expect(namesOf(await nodes.listNodes({}))).toEqual(['lent', 'spare']);
    expect(namesOf(await nodes.listNodes({}, inPlaceOf('user/bea')))).toEqual(['lent']);
    expect(namesOf(await nodes.listNodes({}, inPlaceOf('user/eve', 'group/dev')))).toEqual([]);
    expect(namesOf(await nodes.listNodes({}, inPlaceOf('user/root')))).toEqual(['lent', 'spare']);
    const deletion = nodes.deleteNode({ node: 'lent' }, inPlaceOf('user/bea'));
    await expect(deletion).rejects.toMatchObject(denied);
  }
  await serviceConsoles('webui').disableConsole({ node: 'lent', kind }, inPlaceOf('user/ada'));
  const filter = { node: 'lent', kind: 'console.disabled', subject: 'user/ada' };
  const { events } = await root.audit.listAuditEvents(filter);
  expect(events[0]).toMatchObject({ actor: 'user/ada via service/webui' });
});

test('nobody else speaks for others, administrators neither', async () => {
  const header = inPlaceOf('user/ada');
  for (const user of [eve, root]) {
    await expect(user.nodes.listNodes({}, header)).rejects.toMatchObject(denied);
  }
  const spoof = {
    metadata: Metadata({ 'x-consolemesh-groups': 'group/ops', 'x-consolemesh-identity': 'user/root' }),
  };
  expect(namesOf(await eve.nodes.listNodes({}, spoof))).toEqual([]);
});
