import { randomUUID } from 'node:crypto';
import { BootDevice, PowerAction } from '@consolemesh/contracts/driver';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
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
  'node.create-for-others': (_, as) =>
    mesh.nodes.createNode({ node: { name: `n-${randomUUID()}`, owner: 'zoe' } }, as),
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
  'ConsoleService/CreateConsoleUrl': async ({ id }, as) => {
    await mesh.consoles.enableConsole({ node: id, kind, wait });
    await mesh.consoles.createConsoleUrl({ node: id, kind }, as);
  },
  'console.open-for-others': async ({ id }, as) => {
    await mesh.consoles.enableConsole({ node: id, kind, wait });
    // Not in somebody's place: who calls for another may name a third.
    const subject = as === asLocal ? 'user/zoe' : '';
    await mesh.consoles.createConsoleUrl({ node: id, kind, subject }, as);
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
const asLocal: As = { metadata: callsAs('x').metadata };

/** Reasons of an answer that was refused for who asked. */
const refusals = ['PERMISSION_DENIED', 'NODE_NOT_FOUND', 'SESSION_NOT_FOUND'];
const rows: [string, PolicyRow][] = Object.entries(policy);
const cases = rows
  // Tested by hand below: it cannot be asked by somebody in whose place another calls.
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
    else if (standing !== 'stranger' || action === 'node.create-for-others') {
      expect(reason).toBe('PERMISSION_DENIED');
    } else expect(reason).toMatch(/^(NODE|SESSION)_NOT_FOUND$/);
  });
});
