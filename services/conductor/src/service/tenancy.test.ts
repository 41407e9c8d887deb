import { randomUUID } from 'node:crypto';
import { ObservedState } from '@consolemesh/contracts/conductor';
import { BootDevice, PowerAction } from '@consolemesh/contracts/driver';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { toDuration } from '@consolemesh/mesh';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Action, type PolicyRow, permission, policy, type Standing } from '../domain/policy.ts';
import { callsAs } from '../testing/calls-as.ts';
import { type FakeDriver, startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh, type TestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);
type As = ReturnType<typeof callsAs>;
const as = {
  administrator: callsAs('user/root'),
  owner: callsAs('user/ada'),
  lessee: callsAs('user/bea'),
  stranger: callsAs('user/eve'),
} as const satisfies Record<Standing, As>;
const standings = Object.keys(as) as Standing[];

let driver: FakeDriver;
let mesh: TestMesh;
beforeAll(async () => {
  driver = await startFakeDriver();
  mesh = await startTestMesh({ drivers: [driver.target], administrators: ['user/root', 'group/ops'] });
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
});

/** A node of ada's that bea has on loan; with a console that is ready and a session on it when asked for. */
async function lent(change: { owner?: string; lessee?: string } = {}) {
  const name = `node-${randomUUID().slice(0, 8)}`;
  const { node } = await mesh.nodes.createNode({
    node: {
      ...{ name, owner: 'ada', lessee: 'bea', ...change },
      driverInfo: { address: '192.0.2.1' },
      driverSecrets: { password: 'calvin' },
    },
  });
  return { name, id: node!.id };
}

async function open(node: string, subject = 'user/bea') {
  const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
  const sessionId = randomUUID();
  const key = { consoleId: console!.id, generation: console!.generation };
  const grant = mesh.token.grant({ key, sessionId, subject });
  await mesh.sessions.openSession({ grant, proxyId: 'proxy-1' });
  return sessionId;
}

/** The reason of an error, or nothing when it went well. */
async function reasonOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => (error instanceof MeshError ? error.reason : String(error)),
  );
}

const notListed = () => new MeshError('NODE_NOT_FOUND');
/** A call of every RPC that is about the node, and of every part of one that has a row of its own. */
const calls: Record<string, (node: { name: string; id: string }, as: As) => Promise<unknown>> = {
  'NodeService/CreateNode': (_, as) => mesh.nodes.createNode({ node: { name: `n-${randomUUID()}` } }, as),
  'NodeService/GetNode': ({ name }, as) => mesh.nodes.getNode({ node: name }, as),
  'NodeService/ListNodes': async ({ id, name }, as) => {
    const { nodes } = await mesh.nodes.listNodes({ namePrefix: name }, as);
    if (!nodes.some((node) => node.id === id)) throw notListed();
  },
  'NodeService/UpdateNode': ({ id }, as) =>
    mesh.nodes.updateNode({ node: { id, labels: { a: 'b' } }, updateMask: ['labels'] }, as),
  'node.give-away': ({ id }, as) =>
    mesh.nodes.updateNode({ node: { id, owner: 'zoe' }, updateMask: ['owner'] }, as),
  'NodeService/DeleteNode': ({ name }, as) => mesh.nodes.deleteNode({ node: name }, as),
  'NodeService/ValidateNode': ({ name }, as) => mesh.nodes.validateNode({ node: name }, as),
  'ConsoleService/EnableConsole': ({ id }, as) => mesh.consoles.enableConsole({ node: id, kind }, as),
  'ConsoleService/DisableConsole': ({ id }, as) => mesh.consoles.disableConsole({ node: id, kind }, as),
  'console.give-up': ({ id }, as) => mesh.consoles.disableConsole({ node: id, kind, force: true }, as),
  'ConsoleService/GetConsole': ({ id }, as) => mesh.consoles.getConsole({ node: id, kind }, as),
  'ConsoleService/ListConsoles': ({ id }, as) => mesh.consoles.listConsoles({ node: id }, as),
  'ConsoleService/WatchConsoles': async ({ id }, as) => {
    for await (const _ of mesh.consoles.watchConsoles({ node: id }, as)) return;
  },
  'ConsoleService/ReadConsoleLog': async ({ id }, as) => {
    for await (const _ of mesh.consoles.readConsoleLog({ node: id }, as)) return;
  },
  'ConsoleService/CreateConsoleUrl': async ({ id }, as) => {
    await mesh.consoles.enableConsole({ node: id, kind, wait });
    await mesh.consoles.createConsoleUrl({ node: id, kind }, as);
  },
  'SessionService/ListSessions': ({ id }, as) => mesh.sessions.listSessions({ node: id }, as),
  'SessionService/GetSession': async ({ name }, as) =>
    mesh.sessions.getSession({ sessionId: await open(name) }, as),
  'SessionService/TerminateSession': async ({ name }, as) =>
    mesh.sessions.terminateSession({ sessionId: await open(name) }, as),
  'PowerService/GetPower': ({ name }, as) => mesh.power.getPower({ node: name }, as),
  'PowerService/SetPower': ({ name }, as) => mesh.power.setPower({ node: name, action: PowerAction.ON }, as),
  'PowerService/SetBootDevice': ({ name }, as) =>
    mesh.power.setBootDevice({ node: name, device: BootDevice.PXE }, as),
  'InventoryService/ListDrivers': (_, as) => mesh.inventory.listDrivers({}, as),
  'InventoryService/ListProviders': (_, as) => mesh.inventory.listProviders({}, as),
};

/** Reasons of an answer that was refused for who asked. */
const refusals = ['PERMISSION_DENIED', 'NODE_NOT_FOUND', 'SESSION_NOT_FOUND'];
const rows: [string, PolicyRow][] = Object.entries(policy);
const cases = rows
  // Who calls in somebody's place may name a third, so this one is tested where users call themselves (test/mesh/tenancy.test.ts).
  .filter(([action]) => action !== 'console.open-for-others')
  .flatMap(([action, { rpcs }]) =>
    (rpcs.length > 0 ? rpcs : [action]).flatMap((name) =>
      standings.map((standing) => [name, standing, action as Action] as const),
    ),
  );

describe('every row of the policy', () => {
  test.each(cases)('%s by %s', async (name, standing, action) => {
    const call = calls[name];
    if (!call) throw new Error(`nothing here calls ${name}`);
    const reason = await reasonOf(call(await lent(), as[standing]));
    if (permission(action, standing) !== 'no') expect(refusals).not.toContain(reason);
    else if (standing !== 'stranger' || action === 'node.create') {
      expect(reason).toBe('PERMISSION_DENIED');
    } else expect(reason).toMatch(/^(NODE|SESSION)_NOT_FOUND$/);
  });
});

describe('a node of others', () => {
  test('is told like one that does not exist, whatever is asked', async () => {
    const node = await lent();
    const none: typeof node = { id: randomUUID(), name: `node-${randomUUID().slice(0, 8)}` };
    const about = Object.entries(calls).filter(
      ([name]) => !/Create|create|List(Nodes|Drivers|Providers)|Session/.test(name),
    );
    expect(about.length).toBeGreaterThan(12);
    for (const [name, call] of about) {
      const told = async ({ id, name }: typeof none) => {
        const error = await call({ id, name }, as.stranger).catch((thrown: unknown) => thrown);
        const { reason, message, metadata, violations } = error as MeshError;
        const text = JSON.stringify({ reason, message, metadata, violations });
        return text.replaceAll(id, 'X').replaceAll(name, 'X');
      };
      expect(await told(node), name).toBe(await told(none));
      expect(await told(node), name).toContain('NODE_NOT_FOUND');
    }
    const unknown = reasonOf(mesh.sessions.getSession({ sessionId: randomUUID() }, as.stranger));
    const foreign = reasonOf(mesh.sessions.getSession({ sessionId: await open(node.name) }, as.stranger));
    expect(await foreign).toBe(await unknown);
  });

  test('is in no list and no page of one, and its name in no token', async () => {
    const mine = callsAs('user/lister');
    const prefix = `list-${randomUUID().slice(0, 8)}-`;
    for (let i = 0; i < 9; i += 1) {
      const owner = i % 3 === 1 ? { lessee: 'lister' } : { owner: 'zoe' };
      const { node } = await mesh.nodes.createNode({
        node: { name: `${prefix}${i}`, labels: { rack: prefix }, ...owner, driverInfo: { address: 'a' } },
      });
      await open(node!.name);
    }
    const wanted = [1, 4, 7].map((i) => `${prefix}${i}`);
    const own = (token: string) => {
      const text = Buffer.from(token, 'base64url').toString('utf8');
      for (const [name] of text.matchAll(new RegExp(`${prefix}[0-9]`, 'g'))) expect(wanted).toContain(name);
    };
    const nodes: string[] = [];
    let pageToken = '';
    do {
      const filter = { namePrefix: prefix, labels: { rack: prefix }, pageSize: 1, pageToken };
      const page = await mesh.nodes.listNodes(filter, mine);
      nodes.push(...page.nodes.map(({ name }) => name));
      own(page.nextPageToken);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(nodes).toEqual(wanted);
    const { consoles } = await mesh.consoles.listConsoles({ kind }, mine);
    expect(consoles.map(({ nodeName }) => nodeName)).toEqual(wanted);
    const { sessions } = await mesh.sessions.listSessions({}, mine);
    expect(sessions.map(({ nodeName }) => nodeName).sort()).toEqual(wanted);
    expect((await mesh.nodes.listNodes({ owner: 'zoe' }, mine)).nodes).toEqual([]);
    expect((await mesh.sessions.listSessions({ subject: 'user/bea' }, mine)).sessions.length).toBe(3);
    expect((await mesh.nodes.listNodes({ namePrefix: prefix })).nodes.length).toBe(9);
  });

  test('is shown again to its groups, and to nobody by the name of a user that a group has', async () => {
    const { name } = await lent({ owner: 'group/ops2', lessee: '' });
    const read = (user: string, ...groups: string[]) =>
      reasonOf(mesh.nodes.getNode({ node: name }, callsAs(user, ...groups)));
    expect(await read('user/zoe', 'group/dev', 'group/ops2')).toBeUndefined();
    expect(await read('user/zoe', 'group/dev')).toBe('NODE_NOT_FOUND');
    expect(await read('user/ops2')).toBe('NODE_NOT_FOUND');
    expect(await read('user/zoe', 'group/ops')).toBeUndefined();
  });
});

describe('a watch', () => {
  test('tells of a console when it is lent, not before, and takes it away with the loan', async () => {
    const { id } = await lent({ lessee: '' });
    const seen: string[] = [];
    const ended = new AbortController();
    const options = { ...callsAs('user/watcher'), signal: ended.signal };
    const lend = (lessee: string) =>
      mesh.nodes.updateNode({ node: { id, lessee }, updateMask: ['lessee'] }, as.owner);
    const { console } = await mesh.consoles.getConsole({ node: id, kind });
    try {
      for await (const { event } of mesh.consoles.watchConsoles({}, options)) {
        if (event?.$case === 'heartbeat' || event === undefined) continue;
        const about = event.$case === 'console' ? event.value.id : event.value;
        if (event.$case !== 'synced' && about !== console!.id) continue;
        seen.push(event.$case);
        if (event.$case === 'synced') {
          // A change before the loan: were it told, it would come before the loan is.
          await mesh.consoles.enableConsole({ node: id, kind, wait });
          await mesh.consoles.disableConsole({ node: id, kind, wait });
          await lend('watcher');
        }
        if (event.$case === 'console') await lend('');
        if (event.$case === 'deletedConsoleId') ended.abort();
      }
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    }
    expect(seen).toEqual(['synced', 'console', 'deletedConsoleId']);
  });
});

describe('what a lessee sees', () => {
  test('has nothing of the BMC: no options, no secrets, and reasons without addresses', async () => {
    const { id, name } = await lent();
    const { node } = await mesh.nodes.getNode({ node: id }, as.lessee);
    expect(node).toMatchObject({ name, owner: 'ada', lessee: 'bea', driverInfo: {}, driverSecrets: {} });
    const full = await mesh.nodes.getNode({ node: id }, as.owner);
    expect(full.node?.driverInfo).toEqual({ address: '192.0.2.1' });
    const listed = await mesh.nodes.listNodes({ namePrefix: name }, as.lessee);
    expect(listed.nodes[0]?.driverInfo).toEqual({});
    const { console } = await mesh.consoles.enableConsole({ node: id, kind, wait }, as.lessee);
    expect(console).toMatchObject({ driver: 'fake', driverWhy: '' });
    const { drivers } = await mesh.inventory.listDrivers({}, as.lessee);
    expect(drivers).toMatchObject([{ name: 'fake', instances: [] }]);
    expect((await mesh.inventory.listDrivers({})).drivers[0]?.instances.length).toBe(1);
  });

  test('keeps the reason of a failure and loses its sentence, in the console and in errors', async () => {
    const { id } = await lent();
    const methods = ['StartConsole', 'GetPowerState'];
    for (const method of methods) driver.fail(method, 'BMC_UNREACHABLE', 'no way to 192.0.2.1 from here');
    try {
      await mesh.consoles.enableConsole({ node: id, kind });
      await mesh.failing(id);
      const { console } = await mesh.consoles.getConsole({ node: id, kind }, as.lessee);
      expect(console?.lastError?.reason).toBe('BMC_UNREACHABLE');
      expect(
        (await mesh.consoles.getConsole({ node: id, kind }, as.owner)).console?.lastError?.message,
      ).toContain('192.0.2.1');
      const { consoles } = await mesh.consoles.listConsoles({ node: id }, as.lessee);
      const url = await mesh.consoles.createConsoleUrl({ node: id, kind }, as.lessee).catch((error) => error);
      expect(url).toMatchObject({ reason: 'CONSOLE_NOT_READY' });
      const power = await mesh.power.getPower({ node: id }, as.lessee).catch((error) => error);
      expect(power).toBeInstanceOf(MeshError);
      const all = JSON.stringify(
        [console, consoles, url.message, power.message, power.metadata],
        (_, value) => (typeof value === 'bigint' ? `${value}` : value),
      );
      expect(all).not.toContain('192.0.2');
    } finally {
      for (const method of methods) driver.fail(method, undefined);
    }
  });
});

describe('an owner', () => {
  test('makes no node, for himself neither: it would have any address called', async () => {
    for (const owner of ['', 'ada', 'group/dev']) {
      const wish = { node: { name: `n-${randomUUID()}`, owner, driverInfo: { address: 'a' } } };
      const made = mesh.nodes.createNode(wish, callsAs('user/ada', 'group/dev'));
      await expect(made).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' });
    }
  });

  test('lends and takes back, writes the owner back as it is, and does not give away', async () => {
    const { id } = await lent({ lessee: '' });
    const update = (change: object) =>
      mesh.nodes.updateNode({ node: { id, ...change }, updateMask: Object.keys(change) }, as.owner);
    expect((await update({ lessee: 'bea', owner: 'ada' })).node).toMatchObject({ lessee: 'bea' });
    for (const owner of ['', 'bea', 'group/ops']) {
      await expect(update({ owner })).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' });
    }
    await mesh.nodes.updateNode({ node: { id, owner: 'zoe' }, updateMask: ['owner'] }, as.administrator);
    await expect(update({ lessee: '' })).rejects.toMatchObject({ reason: 'NODE_NOT_FOUND' });
  });

  test('who loses a node loses the sessions and the incarnation that his URLs open; a new loan ends nothing', async () => {
    const { id, name } = await lent({ lessee: '' });
    const sessionId = await open(name, 'user/ada');
    const lend = (lessee: string) =>
      mesh.nodes.updateNode({ node: { id, lessee }, updateMask: ['lessee'] }, as.owner);
    const now = async () => (await mesh.consoles.getConsole({ node: id, kind })).console!;
    const before = await now();
    await lend('bea');
    expect((await now()).generation).toBe(before.generation);
    expect((await mesh.sessions.getSession({ sessionId })).session?.end).toBeUndefined();
    await lend('zoe');
    expect((await now()).generation).toBe(before.generation + 1n);
    await mesh.consoles.enableConsole({ node: id, kind, wait });
    expect((await mesh.sessions.getSession({ sessionId })).session?.end).toBeDefined();
  });
});

describe('who loses a node', () => {
  test('loses a session, too, that he gave himself leave to keep', async () => {
    const { id, name } = await lent();
    const sessionId = await open(name);
    await mesh.consoles.disableConsole({ node: id, kind, linger: toDuration(3_600_000) }, as.lessee);
    expect((await mesh.sessions.getSession({ sessionId })).session?.end).toBeUndefined();
    await mesh.nodes.updateNode({ node: { id, lessee: '' }, updateMask: ['lessee'] });
    expect((await mesh.sessions.getSession({ sessionId })).session?.end).toMatchObject({
      reason: 'CONSOLE_DISABLED',
    });
    await mesh.until(name, ObservedState.STOPPED);
  });
});

describe('secrets that an owner does not know', () => {
  test('do not follow the machine to an address of his', async () => {
    const { id } = await lent();
    const set = (node: object, updateMask: string[], who: object) =>
      mesh.nodes.updateNode({ node: { id, ...node }, updateMask }, who);
    const secret = { driverSecrets: { password: 'not for everybody' } };
    await set(secret, ['driver_secrets.password'], as.administrator);
    const elsewhere = { driverInfo: { address: 'elsewhere' } };
    await expect(set(elsewhere, ['driver_info'], as.owner)).rejects.toMatchObject({
      violations: [{ field: 'driver_secrets.password', reason: 'FIELD_REQUIRED' }],
    });
    await set({ ...elsewhere, ...secret }, ['driver_info', 'driver_secrets.password'], as.owner);
    await set({ driverInfo: { address: 'again' } }, ['driver_info'], as.administrator);
  });
});

describe('somebody in whose place another calls', () => {
  test('stands in the audit log with who called', async () => {
    const { name } = await lent();
    await mesh.consoles.enableConsole({ node: name, kind }, as.owner);
    const { events } = await mesh.audit.listAuditEvents({ node: name, kind: 'console.enabled' });
    expect(events).toMatchObject([{ actor: 'user/ada via local' }]);
  });

  test('has to be a user, with groups that are groups', async () => {
    for (const words of [
      ['service/conductor'],
      ['ada'],
      ['user/a b'],
      ['user/ada', 'ops'],
      ['local'],
      [''],
    ]) {
      const call = mesh.nodes.listNodes({}, callsAs(words[0]!, ...words.slice(1)));
      await expect(call, words.join()).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
    }
  });
});
