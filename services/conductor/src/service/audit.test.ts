import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { createAuditCheck } from '@consolemesh/contracts';
import type { AuditEvent, KeepSessionsRequest } from '@consolemesh/contracts/conductor';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { toDuration, toTimestamp } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { createQueue } from '../queue.ts';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh, type TestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);

/** The whole log, oldest first, by pages of two; its chain is checked. */
async function read(mesh: TestMesh): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  const check = createAuditCheck();
  let pageToken = '';
  do {
    const page = await mesh.audit.listAuditEvents({ oldestFirst: true, pageSize: 2, pageToken });
    for (const event of page.events) expect(check.add(event)).toBeUndefined();
    events.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return events;
}

const brief = ({ kind, subject, role, forced, fields, reason }: AuditEvent) =>
  [kind, subject, role, forced ? 'forced' : '', ...fields, reason].filter(Boolean).join(' ');

test('who opened, was refused, was ended and why, and who changed what, is in the log, and no secret is', async () => {
  const canaries = [
    'canary-password',
    'canary-new-password',
    '198.51.100.77',
    'canary-sentence',
    'canary-label',
  ];
  await using driver = await startFakeDriver();
  await using mesh = await startTestMesh({ drivers: [driver.target] });
  const created = await mesh.nodes.createNode({
    node: {
      name: 'n1',
      driverInfo: { address: '192.0.2.1' },
      driverSecrets: { password: canaries[0]! },
      labels: { rack: 'a' },
    },
  });
  const { id } = created.node!;
  const change = { id, name: 'n2', driverInfo: { address: canaries[2]! }, labels: { row: canaries[4]! } };
  await mesh.nodes.updateNode({
    node: { ...change, driverSecrets: { password: canaries[1]! } },
    updateMask: ['name', 'driver_info.address', 'driver_secrets', 'labels'],
  });
  await mesh.nodes.updateNode({ node: { id, name: 'n2' }, updateMask: ['name'] });
  const { console } = await mesh.consoles.enableConsole({ node: 'n2', kind, wait });
  await mesh.consoles.enableConsole({ node: 'n2', kind });
  const url = await mesh.consoles.createConsoleUrl({ node: 'n2', kind, role: Role.VIEW, subject: 'ada' });
  const key = { consoleId: console!.id, generation: console!.generation };
  const [first, second] = [randomUUID(), randomUUID()];
  const knock = (grant: ReturnType<TestMesh['token']['grant']>, takeOver = false) =>
    mesh.sessions.openSession({ grant, proxyId: 'proxy-1', clientAddress: '203.0.113.9', takeOver });
  await knock(mesh.token.grant({ key, sessionId: first }));
  await knock(mesh.token.grant({ key, subject: 'bob' }));
  await expect(knock(mesh.token.forge({ key, subject: 'mallory' }))).rejects.toThrow();
  const old = mesh.token.grant({ key: { ...key, generation: 0n }, subject: 'eve' });
  await expect(knock(old)).rejects.toThrow();
  await knock(mesh.token.grant({ key, subject: 'bob', sessionId: second }), true);
  await mesh.sessions.terminateSession({ sessionId: second, message: canaries[3]! });
  await mesh.sessions.terminateSession({ sessionId: second });
  await knock(mesh.token.grant({ key, role: Role.VIEW, subject: 'carol' }));
  await mesh.consoles.disableConsole({ node: 'n2', kind, force: true });
  await mesh.nodes.deleteNode({ node: 'n2' });

  const events = await read(mesh);
  expect(events.map(brief)).toEqual([
    'node.created',
    'node.changed driver_info.address driver_secrets.password labels.rack labels.row name',
    'console.enabled',
    'token.issued ada view',
    'session.opened alice control',
    'session.granted-control alice control',
    'session.refused bob control CONSOLE_IN_USE',
    // Nothing that a forged grant says is written down.
    'session.refused GRANT_INVALID',
    'session.refused eve control STALE_GENERATION',
    'session.ended alice control SESSION_TAKEN_OVER',
    'session.opened bob control',
    'session.granted-control bob control',
    'session.ended bob control SESSION_TERMINATED',
    'session.opened carol view',
    'console.disabled forced',
    'session.ended carol view CONSOLE_DISABLED',
    'node.deleted',
  ]);
  const opened = events.find((event) => event.sessionId === first)!;
  const where = { nodeId: id, nodeName: 'n2', consoleId: key.consoleId, consoleKind: 'graphical' };
  expect(opened).toMatchObject({ ...where, actor: 'local', clientAddress: '203.0.113.9', tokenId: 't1' });
  expect(events.find((event) => event.kind === 'token.issued')).toMatchObject({
    ...where,
    tokenId: url.tokenId,
  });
  expect(url.token).not.toBe('');
  const text = inspect(events, { depth: null, maxArrayLength: null });
  for (const canary of [...canaries, url.token, url.url]) expect(text).not.toContain(canary);
});

test('a node that is deleted by force is told when that is asked for and when it goes', async () => {
  await using driver = await startFakeDriver();
  await using mesh = await startTestMesh({ drivers: [driver.target] });
  const node = await mesh.node();
  await mesh.consoles.enableConsole({ node, kind, wait });
  await mesh.nodes.deleteNode({ node, force: true });
  const told = (await read(mesh)).map((event) => `${event.actor} ${brief(event)}`);
  expect(told).toEqual([
    'local node.created',
    'local console.enabled',
    'local node.changed deleting',
    'local console.disabled',
    'service/conductor node.deleted',
  ]);
});

test('an end that the proxy reports is told with its reason', async () => {
  await using driver = await startFakeDriver();
  await using mesh = await startTestMesh({ drivers: [driver.target] });
  const node = await mesh.node();
  const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
  const key = { consoleId: console!.id, generation: console!.generation };
  const sessionId = randomUUID();
  await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
  const up = createQueue<KeepSessionsRequest>(10);
  const hello = { proxyId: 'proxy-1', sessionIds: [sessionId], target: '' };
  up.push({ notice: { $case: 'hello', value: hello } });
  const closed = { sessionId, reason: 'TOKEN_REVOKED', message: 'Gone.', resumable: false, input: undefined };
  up.push({ notice: { $case: 'closed', value: closed } });
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of mesh.sessions.keepSessions(up, { signal: stop.signal }));
  })().catch(() => {});
  await expect
    .poll(async () => (await read(mesh)).map(brief).at(-1), { timeout: 5_000 })
    .toBe('session.ended alice control TOKEN_REVOKED');
  stop.abort();
  await reading;
});

test('pages are asked for with the tokens of this list, and filters narrow it', async () => {
  await using driver = await startFakeDriver();
  await using mesh = await startTestMesh({ drivers: [driver.target] });
  await mesh.node('a');
  await mesh.node('b');
  await mesh.nodes.deleteNode({ node: 'a' });
  const list = async (request: Parameters<TestMesh['audit']['listAuditEvents']>[0]) =>
    (await mesh.audit.listAuditEvents(request)).events.map((event) => `${event.kind} ${event.nodeName}`);
  expect(await list({})).toEqual(['node.deleted a', 'node.created b', 'node.created a']);
  expect(await list({ node: 'a' })).toEqual(['node.deleted a', 'node.created a']);
  expect(await list({ kind: 'node.created', subject: 'local', pageSize: 1 })).toEqual(['node.created b']);
  expect(await list({ until: { seconds: 1n, nanos: 0 } })).toEqual([]);
  for (const position of [['x'], [7], ['-1'], ['1', '2']]) {
    const pageToken = Buffer.from(JSON.stringify(position)).toString('base64url');
    await expect(list({ pageToken })).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
  }
});

/** A proxy's stream: what it says, until it is disposed. */
function proxyStream(mesh: TestMesh, sessionIds: string[]) {
  const up = createQueue<KeepSessionsRequest>(20);
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of mesh.sessions.keepSessions(up, { signal: stop.signal }));
  })().catch(() => {});
  const say = (notice: NonNullable<KeepSessionsRequest['notice']>) => void up.push({ notice });
  say({ $case: 'hello', value: { proxyId: 'proxy-1', sessionIds, target: '' } });
  return {
    say,
    wrote: (sessionId: string, at: number) =>
      say({ $case: 'wrote', value: { sessionId, at: toTimestamp(at) } }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}

test('the first input of a session is told once, with its time, and how much there was with its end', async () => {
  await using driver = await startFakeDriver();
  await using mesh = await startTestMesh({ drivers: [driver.target] });
  const node = await mesh.node();
  const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
  const key = { consoleId: console!.id, generation: console!.generation };
  const open = async (subject: string, role: Role = Role.CONTROL) => {
    const sessionId = randomUUID();
    const grant = mesh.token.grant({ key, sessionId, subject, role });
    await mesh.sessions.openSession({ grant, proxyId: 'proxy-1', takeOver: true });
    return sessionId;
  };
  const firstAt = Date.UTC(2030, 0, 1);
  const closed = (sessionId: string, bytes: bigint, resumable: boolean) =>
    ({
      $case: 'closed',
      value: {
        ...{ sessionId, reason: 'CLIENT_CLOSED', message: '', resumable },
        input: { firstAt: toTimestamp(firstAt + 7), bytes },
      },
    }) as const;
  const ada = await open('ada');
  await using proxy = proxyStream(mesh, [ada]);
  proxy.wrote(ada, firstAt);
  proxy.wrote(ada, firstAt + 1);
  proxy.say(closed(ada, 30n, true));
  proxy.say({ $case: 'openedSessionId', value: ada });
  proxy.wrote(ada, firstAt + 2);
  proxy.say(closed(ada, 12n, false));
  const told = async () => (await read(mesh)).filter(({ sessionId }) => sessionId !== '').map(brief);
  await expect.poll(async () => (await told()).at(-1), { timeout: 10_000 }).toContain('session.ended');
  expect(await told()).toEqual([
    'session.opened ada control',
    'session.granted-control ada control',
    'session.wrote ada control at=2030-01-01T00:00:00.000Z',
    'session.ended ada control input_bytes=42 CLIENT_CLOSED',
  ]);

  // Whoever may only watch cannot have written, whatever a proxy says.
  const bob = await open('bob', Role.VIEW);
  proxy.wrote(bob, firstAt);
  proxy.say(closed(bob, 5n, false));
  await expect.poll(async () => (await told()).at(-1), { timeout: 10_000 }).toContain('ended bob');
  // What is heard of after the end is told, too: by an operator's word, or with the close alone.
  const eve = await open('eve');
  await mesh.sessions.terminateSession({ sessionId: eve });
  proxy.say(closed(eve, 5n, false));
  proxy.wrote(eve, firstAt);
  await expect.poll(async () => (await told()).at(-1), { timeout: 10_000 }).toContain('session.wrote');
  expect((await told()).slice(4)).toEqual([
    'session.opened bob view',
    'session.ended bob view CLIENT_CLOSED',
    'session.opened eve control',
    'session.granted-control eve control',
    'session.ended eve control SESSION_TERMINATED',
    'session.wrote eve control at=2030-01-01T00:00:00.007Z',
  ]);
});

test('events after a number are listed oldest first only', async () => {
  await using mesh = await startTestMesh();
  await mesh.node('a');
  await mesh.node('b');
  const { events } = await mesh.audit.listAuditEvents({ oldestFirst: true, afterSequence: 1n });
  expect(events.map(({ sequence, nodeName }) => `${sequence} ${nodeName}`)).toEqual(['2 b']);
  await expect(mesh.audit.listAuditEvents({ afterSequence: 1n })).rejects.toMatchObject({
    reason: 'INVALID_ARGUMENT',
  });
});
