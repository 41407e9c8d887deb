import { randomUUID } from 'node:crypto';
import type { ReadConsoleLogRequest } from '@consolemesh/contracts/driver';
import { ConsoleKind, ConsoleLogEventKind } from '@consolemesh/contracts/types';
import { fromTimestamp, toDuration, toTimestamp } from '@consolemesh/mesh';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callsAs } from '../testing/calls-as.ts';
import { type FakeDriver, startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh, type TestMesh } from '../testing/test-mesh.ts';

const wait = toDuration(10_000);
const root = callsAs('user/root');
const bea = callsAs('user/bea');

let drivers: FakeDriver[];
let mesh: TestMesh;
const asked: ReadConsoleLogRequest[] = [];
beforeAll(async () => {
  drivers = [await startFakeDriver(), await startFakeDriver()];
  for (const driver of drivers) {
    driver.answer({
      log: (request) => {
        asked.push(request);
        return [{ at: toTimestamp(5_000), data: Buffer.from(`said at ${driver.instanceId}`) }];
      },
    });
  }
  mesh = await startTestMesh({ drivers: drivers.map(({ target }) => target), administrators: ['user/root'] });
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  for (const driver of drivers) await driver[Symbol.asyncDispose]();
});

async function node(): Promise<{ id: string; holder: FakeDriver; other: FakeDriver }> {
  const driverInfo = { address: '192.0.2.1' };
  const given = { name: `node-${randomUUID().slice(0, 8)}`, owner: 'ada', driverInfo };
  const created = await mesh.nodes.createNode({ node: given }, root);
  const { id } = created.node!;
  const { console } = await mesh.consoles.enableConsole({ node: id, kind: ConsoleKind.SERIAL, wait }, root);
  const holder = drivers.find(({ consoles }) => consoles.has(console!.id))!;
  return { id, holder, other: drivers.find((driver) => driver !== holder)! };
}

async function read(request: object, as = root) {
  const text: string[] = [];
  const missing: string[] = [];
  for await (const { data, event } of mesh.consoles.readConsoleLog(request, as)) {
    if (event?.kind === ConsoleLogEventKind.MISSING) missing.push(event.message);
    else text.push(data.toString());
  }
  return { text: text.join(''), missing };
}

test('a log is read at the holder, for the part that is asked for, and that is written down once', async () => {
  const { id, holder } = await node();
  const since = toTimestamp(1_000);
  const until = toTimestamp(9_000);
  expect((await read({ node: id, since, until, limitBytes: 7n })).text).toBe(`said at ${holder.instanceId}`);
  const request = asked.at(-1)!;
  expect([fromTimestamp(request.since), fromTimestamp(request.until), request.limitBytes]).toEqual([
    1_000,
    9_000,
    7n,
  ]);
  const { events } = await mesh.audit.listAuditEvents({ node: id, kind: 'console.log-read' }, root);
  expect(events).toMatchObject([
    {
      actor: expect.stringContaining('user/root'),
      consoleKind: 'serial',
      fields: ['since=1970-01-01T00:00:01.000Z', 'until=1970-01-01T00:00:09.000Z'],
    },
  ]);
});

test('others are asked when the holder has nothing, and nobody having anything is told in words', async () => {
  const { id, holder, other } = await node();
  holder.fail('ReadConsoleLog', 'NOT_HELD');
  try {
    expect((await read({ node: id })).text).toBe(`said at ${other.instanceId}`);
    other.fail('ReadConsoleLog', 'NOT_HELD');
    await expect(read({ node: id })).rejects.toMatchObject({
      reason: 'CAPABILITY_MISSING',
      message: expect.stringContaining('console_log'),
    });
  } finally {
    holder.fail('ReadConsoleLog', undefined);
    other.fail('ReadConsoleLog', undefined);
  }
});

test('the log of a console that is off is read where there is one', async () => {
  const { id } = await node();
  await mesh.consoles.disableConsole({ node: id, kind: ConsoleKind.SERIAL, wait }, root);
  expect((await read({ node: id })).text).toMatch(/^said at /);
});

test('a lessee reads what was said since he has the node, and is told so', async () => {
  const { id } = await node();
  await expect(read({ node: id }, bea)).rejects.toMatchObject({ reason: 'NODE_NOT_FOUND' });
  await mesh.nodes.updateNode({ node: { id, lessee: 'bea' }, updateMask: ['lessee'] }, root);
  const { missing } = await read({ node: id, since: toTimestamp(1_000) }, bea);
  expect(missing).toEqual([expect.stringContaining('somebody else')]);
  const since = fromTimestamp(asked.at(-1)!.since)!;
  expect(Math.abs(since - Date.now())).toBeLessThan(60_000);
  await read({ node: id, since: toTimestamp(1_000) }, callsAs('user/ada'));
  expect(fromTimestamp(asked.at(-1)!.since)).toBe(1_000);
});
