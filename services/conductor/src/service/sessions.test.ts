import { randomUUID } from 'node:crypto';
import {
  type KeepSessionsRequest,
  type KeepSessionsResponse,
  ObservedState,
  SessionState,
} from '@consolemesh/contracts/conductor';
import { ConsolePhase } from '@consolemesh/contracts/driver';
import { ConsoleKind, type Endpoint, Role } from '@consolemesh/contracts/types';
import { fromTimestamp, toDuration, toTimestamp, verifyAttachTicket } from '@consolemesh/mesh';
import { describe, expect, test, vi } from 'vitest';
import { createQueue } from '../queue.ts';
import { type FakeDriver, startFakeDriver, tcpEndpoint } from '../testing/fake-driver.ts';
import { createManualScheduler } from '../testing/manual-scheduler.ts';
import { createSharedDatabase } from '../testing/shared-database.ts';
import { startTestMesh, type TestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);

/** A console that is READY, with the key that grants for it need. */
async function ready(driver: FakeDriver, options: Parameters<typeof startTestMesh>[0] = {}) {
  const mesh = await startTestMesh({ drivers: [driver.target], ...options });
  const node = await mesh.node();
  const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
  return { mesh, node, key: { consoleId: console!.id, generation: console!.generation } };
}

/** A proxy's stream: what was pushed to it, and how to say something. */
function keep(sessions: TestMesh['sessions'], proxyId: string, sessionIds: string[] = []) {
  const up = createQueue<KeepSessionsRequest>(100);
  const ended = new AbortController();
  const down: KeepSessionsResponse['notice'][] = [];
  up.push({ notice: { $case: 'hello', value: { proxyId, sessionIds, target: '' } } });
  const reading = (async () => {
    for await (const { notice } of sessions.keepSessions(up, { signal: ended.signal })) down.push(notice);
  })().catch(() => {});
  return {
    down,
    ends: () =>
      down.flatMap((notice) =>
        notice?.$case === 'end' ? [`${notice.value.sessionId} ${notice.value.reason}`] : [],
      ),
    say: (notice: KeepSessionsRequest['notice']) => up.push({ notice }),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await reading;
    },
  };
}

describe('admission', () => {
  test('answers one endpoint with what the proxy needs to reach it', async () => {
    await using driver = await startFakeDriver();
    const nova: Endpoint = { ...tcpEndpoint(5901), audience: 2 };
    driver.answer({ endpoints: [nova, tcpEndpoint(5900)] });
    const { mesh, key, node } = await ready(driver);
    await using _ = mesh;
    const { outcome } = await mesh.sessions.openSession({
      grant: mesh.token.grant({ key }),
      proxyId: 'proxy-1',
    });
    expect(outcome).toMatchObject({
      $case: 'admission',
      value: {
        session: { state: SessionState.OPENING, subject: 'alice', proxyId: 'proxy-1', nodeName: node },
        endpoint: { transport: { value: { port: 5900, password: 'bmc-password' } } },
        ticket: Buffer.alloc(0),
      },
    });
    expect((await mesh.consoles.getConsole({ node, kind })).console?.sessions).toBe(1);
  });

  test('makes a ticket for a relay that its holder can verify', async () => {
    await using driver = await startFakeDriver();
    const relay: Endpoint = {
      ...tcpEndpoint(1),
      transport: { $case: 'relay', value: { target: driver.target, unverifiedTls: true } },
    };
    driver.answer({ chosen: 2, endpoints: [relay] });
    const { mesh, key } = await ready(driver);
    await using _ = mesh;
    const { outcome } = await mesh.sessions.openSession({
      grant: mesh.token.grant({ key, role: Role.VIEW }),
      proxyId: 'proxy-1',
    });
    if (outcome?.$case !== 'admission') throw new Error('not admitted');
    expect(outcome.value.unverifiedTls).toBe(true);
    const { attachKey } = driver.requests[0]!;
    const ticket = verifyAttachTicket(attachKey, outcome.value.ticket, Date.now());
    expect(ticket).toMatchObject({
      ...key,
      role: 'view',
      subject: 'alice',
      sessionId: outcome.value.session!.id,
    });
  });

  test('believes no grant that is forged, made out to another proxy, too old, or for an older generation', async () => {
    await using driver = await startFakeDriver();
    const { mesh, key } = await ready(driver);
    await using _ = mesh;
    const open = (grant: ReturnType<TestMesh['token']['grant']>) =>
      mesh.sessions.openSession({ grant, proxyId: 'proxy-1' });
    const { token } = mesh;
    await expect(open(token.forge({ key }))).rejects.toMatchObject({ reason: 'GRANT_INVALID' });
    await expect(open(token.grant({ key, proxyId: 'proxy-2' }))).rejects.toMatchObject({
      reason: 'GRANT_INVALID',
    });
    await expect(open({ ...token.grant({ key }), keyId: 'unknown' })).rejects.toMatchObject({
      reason: 'GRANT_INVALID',
    });
    const expired = token.grant({ key, expiresAt: toTimestamp(Date.now() - 1_000) });
    await expect(open(expired)).rejects.toMatchObject({ reason: 'GRANT_EXPIRED' });
    const old = token.grant({ key: { ...key, generation: 0n } });
    await expect(open(old)).rejects.toMatchObject({ reason: 'STALE_GENERATION' });
  });

  test('says who is in the way, and lets a take-over end them with the name of who did it', async () => {
    await using driver = await startFakeDriver();
    const { mesh, key } = await ready(driver);
    await using _ = mesh;
    await using proxy = keep(mesh.sessions, 'proxy-1');
    const first = randomUUID();
    await mesh.sessions.openSession({
      grant: mesh.token.grant({ key, sessionId: first }),
      proxyId: 'proxy-1',
    });
    const second = { grant: mesh.token.grant({ key, subject: 'bob' }), proxyId: 'proxy-1' };
    const { outcome } = await mesh.sessions.openSession(second);
    expect(outcome).toMatchObject({
      $case: 'inUse',
      value: { sessionId: first, subject: 'alice', mayTakeOver: true },
    });
    const taken = await mesh.sessions.openSession({ ...second, takeOver: true });
    expect(taken.outcome?.$case).toBe('admission');
    await vi.waitFor(() => expect(proxy.ends()).toEqual([`${first} SESSION_TAKEN_OVER`]), 2_000);
    const { session } = await mesh.sessions.getSession({ sessionId: first });
    expect(session).toMatchObject({
      state: SessionState.ENDED,
      end: { message: 'bob took the console over.' },
    });
    const comesBack = mesh.sessions.openSession({
      grant: mesh.token.grant({ key, sessionId: first }),
      proxyId: 'proxy-1',
    });
    await expect(comesBack).rejects.toMatchObject({ reason: 'SESSION_TAKEN_OVER' });
  });

  test('of many who want the one place at once admits one', async () => {
    await using driver = await startFakeDriver();
    const { mesh, key } = await ready(driver);
    await using _ = mesh;
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        mesh.sessions.openSession({ grant: mesh.token.grant({ key }), proxyId: 'proxy-1' }),
      ),
    );
    expect(answers.filter(({ outcome }) => outcome?.$case === 'admission')).toHaveLength(1);
  });
});

describe('sessions and their proxies', () => {
  test('a session is open when its proxy says so, also after the end of its older connection was heard late', async () => {
    await using driver = await startFakeDriver();
    const { mesh, key } = await ready(driver);
    await using _ = mesh;
    await using proxy = keep(mesh.sessions, 'proxy-1');
    const sessionId = randomUUID();
    const open = () =>
      mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
    const stateOf = async () => (await mesh.sessions.getSession({ sessionId })).session?.state;
    await open();
    proxy.say({ $case: 'openedSessionId', value: sessionId });
    await vi.waitFor(async () => expect(await stateOf()).toBe(SessionState.OPEN), 5_000);
    await open();
    proxy.say({
      $case: 'closed',
      value: { sessionId, reason: 'CLIENT_LOST', message: '', resumable: true, input: undefined },
    });
    await vi.waitFor(async () => expect(await stateOf()).toBe(SessionState.DETACHED), 5_000);
    proxy.say({ $case: 'openedSessionId', value: sessionId });
    await vi.waitFor(async () => expect(await stateOf()).toBe(SessionState.OPEN), 5_000);
    expect(proxy.ends()).toEqual([]);
  });

  test('a session that comes back at another proxy keeps its place, and the old connection is ended', async () => {
    await using driver = await startFakeDriver();
    const { mesh, key } = await ready(driver);
    await using _ = mesh;
    await using old = keep(mesh.sessions, 'proxy-1');
    await using next = keep(mesh.sessions, 'proxy-2');
    const sessionId = randomUUID();
    await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
    old.say({ $case: 'openedSessionId', value: sessionId });
    await vi.waitFor(async () => {
      expect((await mesh.sessions.getSession({ sessionId })).session?.state).toBe(SessionState.OPEN);
    }, 2_000);
    const grant = mesh.token.grant({ key, sessionId, proxyId: 'proxy-2' });
    const { outcome } = await mesh.sessions.openSession({ grant, proxyId: 'proxy-2' });
    expect(outcome?.$case).toBe('admission');
    await vi.waitFor(() => expect(old.ends()).toEqual([`${sessionId} CLIENT_LOST`]), 2_000);
    old.say({
      $case: 'closed',
      value: { sessionId, reason: 'CLIENT_LOST', message: '', resumable: true, input: undefined },
    });
    next.say({ $case: 'openedSessionId', value: sessionId });
    await vi.waitFor(async () => {
      const { session } = await mesh.sessions.getSession({ sessionId });
      expect(session).toMatchObject({ state: SessionState.OPEN, proxyId: 'proxy-2' });
    }, 2_000);
    expect(next.ends()).toEqual([]);
  });

  test('disabling commits, then ends the sessions with that reason', async () => {
    await using driver = await startFakeDriver();
    const { mesh, key, node } = await ready(driver);
    await using _ = mesh;
    await using proxy = keep(mesh.sessions, 'proxy-1');
    const sessionId = randomUUID();
    await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
    await mesh.consoles.disableConsole({ node, kind, wait });
    await vi.waitFor(() => expect(proxy.ends()).toEqual([`${sessionId} CONSOLE_DISABLED`]), 2_000);
    const late = mesh.sessions.openSession({ grant: mesh.token.grant({ key }), proxyId: 'proxy-1' });
    await expect(late).rejects.toMatchObject({ reason: 'CONSOLE_DISABLED' });
  });

  test('a lingering disable tells the sessions, admits nobody new, and stops with the last session', async () => {
    await using driver = await startFakeDriver();
    driver.answer({ endpoints: [tcpEndpoint(5900, 4)] });
    const { mesh, key, node } = await ready(driver);
    await using _ = mesh;
    await using proxy = keep(mesh.sessions, 'proxy-1');
    const sessionId = randomUUID();
    await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
    await mesh.consoles.disableConsole({ node, kind, linger: toDuration(600_000) });
    await vi.waitFor(() => {
      const notice = proxy.down.find((item) => item?.$case === 'notify');
      expect(notice?.value).toMatchObject({ sessionId, reason: 'CONSOLE_DISABLED' });
    }, 2_000);
    const late = mesh.sessions.openSession({ grant: mesh.token.grant({ key }), proxyId: 'proxy-1' });
    await expect(late).rejects.toMatchObject({ reason: 'CONSOLE_DISABLED' });
    expect(driver.consoles.size).toBe(1);
    proxy.say({
      $case: 'closed',
      value: { sessionId, reason: 'CLIENT_CLOSED', message: '', resumable: false, input: undefined },
    });
    await vi.waitFor(() => expect(driver.consoles.size).toBe(0), 5_000);
  });

  describe('a session that was lost at the machine', () => {
    const looks = (driver: FakeDriver) => driver.calls.filter((call) => call.startsWith('GetConsole')).length;

    /** Opens a session at a proxy and has the proxy report its end. */
    async function lose({ mesh, key }: Awaited<ReturnType<typeof ready>>, reason: string, resumable = true) {
      const sessionId = randomUUID();
      await using proxy = keep(mesh.sessions, 'proxy-1');
      await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
      const message = 'The machine closed the connection.';
      proxy.say({ $case: 'closed', value: { sessionId, reason, message, resumable, input: undefined } });
      const state = resumable ? SessionState.DETACHED : SessionState.ENDED;
      await vi.waitFor(async () => {
        const { session } = await mesh.sessions.getSession({ sessionId });
        expect(session?.state).toBe(state);
        // Where the tab may come back, nothing has ended yet.
        expect(session?.end?.reason).toBe(resumable ? undefined : reason);
      }, 5_000);
    }

    test.each([
      ['UPSTREAM_CLOSED', true],
      ['BMC_REFUSED', true],
      ['BMC_ERROR', false],
    ])('for %s has its console looked at at once, and shown as it is', async (reason, resumable) => {
      await using driver = await startFakeDriver();
      const at = await ready(driver);
      await using _ = at.mesh;
      driver.consoles.get(at.key.consoleId)!.phase = ConsolePhase.DEGRADED;
      await lose(at, reason, resumable);
      const seen = await at.mesh.until(at.node, ObservedState.DEGRADED);
      expect(seen.lastError?.reason).toBe('UPSTREAM_LOST');
      expect(looks(driver)).toBe(1);
    });

    test('is looked at by whoever holds the lease, whichever replica heard of it', async () => {
      await using driver = await startFakeDriver();
      await using database = await createSharedDatabase();
      const at = await ready(driver, { databaseUrl: database.url });
      await using _ = at.mesh;
      const other = await at.mesh.add();
      await lose({ ...at, mesh: { ...at.mesh, sessions: other.clients.sessions } }, 'UPSTREAM_LOST');
      await vi.waitFor(() => expect(looks(driver)).toBe(1), 5_000);
    });

    test('again and again makes one look in ten seconds; ends for another reason make none', async () => {
      const scheduler = createManualScheduler();
      await using driver = await startFakeDriver();
      const at = await ready(driver, { scheduler, pluginPollMs: 600_000, random: () => 0 });
      await using _ = at.mesh;
      for (const reason of ['CLIENT_LOST', 'BMC_BUSY', 'DRAINING']) await lose(at, reason);
      for (let i = 0; i < 5; i++) await lose(at, 'BMC_REFUSED');
      await scheduler.advance(500);
      await vi.waitFor(() => expect(looks(driver)).toBe(1), 5_000);
      await scheduler.advance(9_000);
      expect(looks(driver)).toBe(1);
      await vi.waitFor(async () => {
        await scheduler.advance(500);
        expect(looks(driver)).toBe(2);
      }, 5_000);
      await scheduler.advance(2_000);
      expect(looks(driver)).toBe(2);
    });
  });

  test('that carries bytes keeps its console from being started again; when it is over, that is done', async () => {
    await using driver = await startFakeDriver();
    const { mesh, key, node } = await ready(driver);
    await using _ = mesh;
    await using proxy = keep(mesh.sessions, 'proxy-1');
    const starts = () => driver.calls.filter((call) => call.startsWith('StartConsole'));
    const sessionId = randomUUID();
    await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
    proxy.say({ $case: 'openedSessionId', value: sessionId });
    await vi.waitFor(async () => {
      const { session } = await mesh.sessions.getSession({ sessionId });
      expect(session?.state).toBe(SessionState.OPEN);
    }, 5_000);
    await vi.waitFor(() => expect(driver.watchers()).toBe(1), 5_000);
    const failure = { reason: 'BMC_TIMEOUT', message: 'silent', at: undefined };
    driver.report(key.consoleId, { phase: ConsolePhase.STOPPED, failure });
    expect((await mesh.until(node, ObservedState.DEGRADED)).lastError?.reason).toBe('BMC_TIMEOUT');
    expect(starts()).toHaveLength(1);
    proxy.say({
      $case: 'closed',
      value: { sessionId, reason: 'CLIENT_CLOSED', message: '', resumable: false, input: undefined },
    });
    await vi.waitFor(() => expect(starts()).toHaveLength(2), 5_000);
    await mesh.until(node, ObservedState.READY);
  });

  test('an operator ends a session, at whichever replica', async () => {
    await using driver = await startFakeDriver();
    await using database = await createSharedDatabase();
    const { mesh, key } = await ready(driver, { databaseUrl: database.url });
    await using _ = mesh;
    const other = await mesh.add();
    await using proxy = keep(other.clients.sessions, 'proxy-1');
    const sessionId = randomUUID();
    await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
    await vi.waitFor(async () => {
      expect((await other.clients.sessions.listSessions({})).sessions).toHaveLength(1);
    }, 2_000);
    await mesh.sessions.terminateSession({ sessionId, message: 'Maintenance.' });
    await vi.waitFor(() => expect(proxy.ends()).toEqual([`${sessionId} SESSION_TERMINATED`]), 3_000);
    await mesh.sessions.terminateSession({ sessionId });
    expect((await mesh.sessions.listSessions({})).sessions).toEqual([]);
    const all = await mesh.sessions.listSessions({ includeEnded: true });
    expect(all.sessions).toMatchObject([{ end: { reason: 'SESSION_TERMINATED', message: 'Maintenance.' } }]);
  });

  test('a hello detaches what is missing, ends what must not go on, and opens what goes on', async () => {
    await using driver = await startFakeDriver();
    driver.answer({ endpoints: [tcpEndpoint(5900, 8)] });
    const { mesh, key } = await ready(driver);
    await using _ = mesh;
    const [kept, lost, ended] = [randomUUID(), randomUUID(), randomUUID()];
    for (const sessionId of [kept, lost, ended]) {
      await mesh.sessions.openSession({ grant: mesh.token.grant({ key, sessionId }), proxyId: 'proxy-1' });
    }
    await using first = keep(mesh.sessions, 'proxy-1', [kept, lost, ended]);
    await vi.waitFor(async () => {
      const { sessions } = await mesh.sessions.listSessions({});
      expect(sessions.every(({ state }) => state === SessionState.OPEN)).toBe(true);
    }, 2_000);
    await first[Symbol.asyncDispose]();
    await mesh.sessions.terminateSession({ sessionId: ended });
    await using second = keep(mesh.sessions, 'proxy-1', [kept, ended, 'never-heard-of']);
    await vi.waitFor(() => {
      expect(second.ends().sort()).toEqual(
        [`${ended} SESSION_TERMINATED`, 'never-heard-of SESSION_TERMINATED'].sort(),
      );
    }, 2_000);
    expect((await mesh.sessions.getSession({ sessionId: lost })).session?.state).toBe(SessionState.DETACHED);
    expect((await mesh.sessions.getSession({ sessionId: kept })).session?.state).toBe(SessionState.OPEN);
  });
});

describe('time', () => {
  test('a silent proxy loses its sessions, nobody comes back, and the longest duration ends a session', async () => {
    const scheduler = createManualScheduler();
    await using driver = await startFakeDriver();
    driver.answer({ endpoints: [tcpEndpoint(5900, 8)] });
    const { mesh, key } = await ready(driver, { scheduler, pluginPollMs: 600_000 });
    await using _ = mesh;
    await using proxy = keep(mesh.sessions, 'proxy-2');
    const [silent, short] = [randomUUID(), randomUUID()];
    const stateOf = async (sessionId: string) =>
      (await mesh.sessions.getSession({ sessionId })).session?.state;
    await mesh.sessions.openSession({
      grant: mesh.token.grant({ key, sessionId: silent }),
      proxyId: 'proxy-1',
    });
    const sessionExpiresAt = toTimestamp(scheduler.now() + 30_000);
    const grant = mesh.token.grant({ key, sessionId: short, sessionExpiresAt, proxyId: 'proxy-2' });
    const { outcome } = await mesh.sessions.openSession({ grant, proxyId: 'proxy-2' });
    if (outcome?.$case !== 'admission') throw new Error('not admitted');
    expect(fromTimestamp(outcome.value.session?.expiresAt)).toBe(scheduler.now() + 30_000);
    await scheduler.jump(20_000);
    await vi.waitFor(async () => {
      await scheduler.jump(500);
      expect(await stateOf(silent)).toBe(SessionState.DETACHED);
    }, 10_000);
    await scheduler.jump(15_000);
    await vi.waitFor(async () => {
      await scheduler.jump(500);
      expect(proxy.ends()).toEqual([`${short} SESSION_EXPIRED`]);
    }, 10_000);
    await scheduler.jump(125_000);
    await vi.waitFor(async () => {
      await scheduler.jump(500);
      expect(await stateOf(silent)).toBe(SessionState.ENDED);
    }, 10_000);
  });
});
