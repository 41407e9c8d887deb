import { randomUUID } from 'node:crypto';
import type { ReadConsoleLogRequest } from '@consolemesh/contracts/driver';
import { ConsoleKind, ConsoleLogEventKind } from '@consolemesh/contracts/types';
import type { MeshError } from '@consolemesh/errors';
import { fromTimestamp, mayCall, toDuration, toTimestamp } from '@consolemesh/mesh';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FakeDriver, startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh, type TestMesh } from '../testing/test-mesh.ts';

const wait = toDuration(10_000);
const kind = ConsoleKind.SERIAL;

let driver: FakeDriver;
let mesh: TestMesh;
let asked: ReadConsoleLogRequest[] = [];
beforeAll(async () => {
  driver = await startFakeDriver();
  mesh = await startTestMesh({ drivers: [driver.target] });
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
});
beforeEach(() => {
  asked = [];
  driver.fail('ReadConsoleLog', undefined);
  driver.answer({
    log: (request) => {
      asked.push(request);
      return [{ at: toTimestamp(5_000), data: Buffer.from('booting') }];
    },
  });
});

/** A node with a console and a session on it, admitted at `proxy-1`. */
async function session(consoleKind: ConsoleKind = kind) {
  const driverInfo = { address: '192.0.2.1' };
  const { node } = await mesh.nodes.createNode({
    node: { name: `node-${randomUUID().slice(0, 8)}`, owner: 'ada', driverInfo },
  });
  const { console } = await mesh.consoles.enableConsole({ node: node!.id, kind: consoleKind, wait });
  const key = { consoleId: console!.id, generation: console!.generation };
  const sessionId = randomUUID();
  const grant = mesh.token.grant({ key, sessionId, kind: consoleKind, subject: 'eve' });
  await mesh.sessions.openSession({ grant, proxyId: 'proxy-1', clientAddress: '192.0.2.77' });
  return { node: node!.id, sessionId };
}

async function read(request: object) {
  const text: string[] = [];
  const missing: string[] = [];
  for await (const { data, event } of mesh.sessions.readSessionLog({ proxyId: 'proxy-1', ...request })) {
    if (event?.kind === ConsoleLogEventKind.MISSING) missing.push(event.message);
    else text.push(data.toString());
  }
  return { text: text.join(''), missing };
}

test('a live session reads the log of its line and of no other, and it is written down whose session it was', async () => {
  const { node, sessionId } = await session();
  const since = toTimestamp(1_000);
  expect(await read({ sessionId, since, limitBytes: 9n })).toEqual({ text: 'booting', missing: [] });
  expect(asked.map(({ limitBytes, follow }) => [limitBytes, follow])).toEqual([[9n, false]]);
  const { events } = await mesh.audit.listAuditEvents({ node, kind: 'console.log-read' });
  expect(events).toMatchObject([
    {
      ...{ subject: 'eve', sessionId, role: 'control', clientAddress: '192.0.2.77', consoleKind: 'serial' },
      fields: ['since=1970-01-01T00:00:01.000Z'],
    },
  ]);
});

test('without a limit there is one all the same', async () => {
  const { sessionId } = await session();
  await read({ sessionId });
  await read({ sessionId, limitBytes: 2n ** 40n });
  expect(asked.map(({ limitBytes }) => limitBytes)).toEqual([2n ** 24n, 2n ** 24n]);
});

test.each([
  ['a session that is not known', () => ({ sessionId: randomUUID() })],
  ['no session', () => ({ sessionId: '' })],
  ['another proxy', ({ sessionId }: { sessionId: string }) => ({ sessionId, proxyId: 'proxy-2' })],
  ['no proxy', ({ sessionId }: { sessionId: string }) => ({ sessionId, proxyId: '' })],
])('%s is refused before anything is read or written down', async (_, requestOf) => {
  const live = await session();
  await expect(read(requestOf(live))).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
  expect(asked).toEqual([]);
  const { events } = await mesh.audit.listAuditEvents({ node: live.node, kind: 'console.log-read' });
  expect(events).toEqual([]);
});

test('a session that has ended is refused', async () => {
  const { sessionId } = await session();
  await mesh.sessions.terminateSession({ sessionId });
  await expect(read({ sessionId })).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
  expect(asked).toEqual([]);
});

test('a session of a graphical console reads no log', async () => {
  const { sessionId } = await session(ConsoleKind.GRAPHICAL);
  await expect(read({ sessionId })).rejects.toMatchObject({ reason: 'CAPABILITY_MISSING' });
  expect(asked).toEqual([]);
});

test('what was said before the node changed hands is not shown, whoever looks', async () => {
  const { node } = await session();
  await mesh.nodes.updateNode({ node: { id: node, lessee: 'bea' }, updateMask: ['lessee'] });
  const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
  const sessionId = randomUUID();
  const key = { consoleId: console!.id, generation: console!.generation };
  const grant = mesh.token.grant({ key, sessionId, kind, subject: 'user/root' });
  await mesh.sessions.openSession({ grant, proxyId: 'proxy-1', takeOver: true });
  const { missing } = await read({ sessionId, since: toTimestamp(1_000) });
  expect(missing).toEqual([expect.stringContaining('somebody else')]);
  const { events } = await mesh.audit.listAuditEvents({ node, kind: 'node.changed' });
  expect(fromTimestamp(asked[0]!.since)).toBe(fromTimestamp(events[0]!.at));
});

test('a newer reading of a session ends the older', async () => {
  const { sessionId } = await session();
  const held = driver.hold('ReadConsoleLog');
  try {
    const older = read({ sessionId }).then(
      () => 'read',
      (error: MeshError) => error.reason,
    );
    await held.reached;
    const newer = read({ sessionId });
    expect(await older).toBe('CANCELLED');
    held.release();
    expect((await newer).text).toBe('booting');
  } finally {
    held.release();
  }
});

test('where nothing is recorded, that is said in words; of a driver’s trouble only the reason is', async () => {
  const { sessionId } = await session();
  driver.fail('ReadConsoleLog', 'NOT_HELD');
  await expect(read({ sessionId })).rejects.toMatchObject({
    reason: 'CAPABILITY_MISSING',
    message: expect.stringContaining('console_log'),
  });
  driver.fail('ReadConsoleLog', 'BMC_TIMEOUT');
  const error = await read({ sessionId }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ reason: 'BMC_TIMEOUT', message: expect.not.stringContaining('fake') });
});

test('only serial proxies may ask', () => {
  const rpc = 'consolemesh.conductor.v1.SessionService/ReadSessionLog';
  expect(mayCall({ kind: 'service', name: 'serialproxy' }, rpc)).toBe(true);
  expect(mayCall({ kind: 'service', name: 'novncproxy' }, rpc)).toBe(false);
  expect(mayCall({ kind: 'service', name: 'webui' }, rpc)).toBe(false);
  expect(mayCall({ kind: 'user', name: 'admin' }, rpc, true)).toBe(false);
});
