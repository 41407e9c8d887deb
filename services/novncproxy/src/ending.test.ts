import { ProxyServiceDefinition } from '@consolemesh/contracts/proxy';
import { connect, plaintext } from '@consolemesh/mesh';
import { startFakeConductor, startFakeTokenService } from '@consolemesh/proxy/testing';
import { describe, expect, it } from 'vitest';
import { keyEvent, read, startBench } from './testing.ts';

/** Reconnects at once in tests, and lets the other end have its turn. */
const wait = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Resolves when `probe` is true; looks again after each turn of the event loop. */
async function until(probe: () => boolean): Promise<void> {
  while (!probe()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a session that somebody ends', () => {
  it.each([
    ['its token', { tokenId: 'token-1' }],
    ['its console', { consoleId: 'console-1' }],
    ['its subject', { subject: 'alice' }],
  ])(
    'ends when %s is revoked, with the words of the revocation, and others go on',
    async (_what, selector) => {
      await using bench = await startBench();
      const mine = await bench.opened();
      const other = await bench.opened(
        bench.tokens.issue({ tokenId: 'token-2', consoleId: 'console-2', subject: 'bob' }),
      );
      bench.tokens.revoke({ ...selector, message: 'Shift is over.' });
      expect(await mine.page.message()).toMatchObject({
        type: 'closing',
        reason: 'TOKEN_REVOKED',
        message: 'Shift is over.',
        canResume: false,
      });
      other.page.sendBytes(keyEvent(1));
      expect(await read(other.server, 8)).toEqual(keyEvent(1));
      expect(await bench.conductor.hears('closed')).toMatchObject({
        reason: 'TOKEN_REVOKED',
        resumable: false,
      });
    },
  );

  it('ends when the conductor says so, with its reason and words', async () => {
    await using bench = await startBench();
    const { page, info } = await bench.opened();
    bench.conductor.tell({
      notice: {
        $case: 'end',
        value: {
          sessionId: info.session,
          reason: 'SESSION_TAKEN_OVER',
          message: 'bob took the console over.',
        },
      },
    });
    expect(await page.message()).toMatchObject({
      type: 'closing',
      reason: 'SESSION_TAKEN_OVER',
      message: 'bob took the console over.',
    });
    expect(await page.closed).toEqual({ code: 4460, reason: 'SESSION_TAKEN_OVER' });
  });

  it('ends by proxy.v1, where an unknown session is OK', async () => {
    await using bench = await startBench();
    const { page, info } = await bench.opened();
    using connection = connect(bench.proxy.target, { trust: plaintext });
    const proxies = connection.client(ProxyServiceDefinition);
    const { sessions } = await proxies.listSessions({});
    expect(sessions).toMatchObject([
      { sessionId: info.session, subject: 'alice', clientAddress: '127.0.0.1' },
    ]);
    expect(sessions[0]?.bytesToClient).toBeTypeOf('bigint');
    await proxies.endSession({ sessionId: 'nobody', reason: '', message: '' });
    await proxies.endSession({ sessionId: info.session, reason: '', message: 'Lunch.' });
    expect(await page.message()).toMatchObject({ reason: 'SESSION_TERMINATED', message: 'Lunch.' });
  });

  it('drains: notice, grace, then pages that come back elsewhere, and nobody new', async () => {
    await using bench = await startBench();
    const { page } = await bench.opened();
    using connection = connect(bench.proxy.target, { trust: plaintext });
    const drained = connection
      .client(ProxyServiceDefinition)
      .drain({ grace: { seconds: 0n, nanos: 50_000_000 } });
    expect(await page.message()).toMatchObject({ type: 'notice', reason: 'DRAINING' });
    const late = await bench.page();
    late.send({ type: 'open', token: bench.tokens.issue() });
    expect(await late.message()).toMatchObject({ type: 'closing', reason: 'DRAINING' });
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'DRAINING', canResume: true });
    expect(await drained).toEqual({ ended: 1 });
    expect((await fetch(`${bench.proxy.webUrl}healthz`)).status).toBe(503);
  });

  it('ends with the proxy: its page reads DRAINING and the conductor hears that it may come back', async () => {
    const bench = await startBench();
    const { page } = await bench.opened();
    const closing = page.message();
    await bench.proxy[Symbol.asyncDispose]();
    expect(await closing).toMatchObject({ type: 'closing', reason: 'DRAINING', canResume: true });
    expect(await bench.conductor.hears('closed')).toMatchObject({ reason: 'DRAINING', resumable: true });
    await bench[Symbol.asyncDispose]();
  });
});

describe('time', () => {
  it('warns before it ends an idle session; moving pictures are no input, keys are', async () => {
    let now = 1_700_000_000_000;
    await using bench = await startBench({
      now: () => now,
      limits: { idleMs: 600_000, idleWarningMs: 60_000 },
    });
    const token = bench.tokens.issue({ sessionExpiresAt: now + 86_400_000 });
    const { page, server } = await bench.opened(token);
    now += 550_000;
    server.write(Buffer.alloc(10));
    await page.bytes(10);
    bench.proxy.tick();
    expect(await page.message()).toMatchObject({ type: 'notice', reason: 'SESSION_IDLE' });
    page.sendBytes(keyEvent(1));
    await read(server, 8);
    now += 550_000;
    bench.proxy.tick();
    expect(await page.message()).toMatchObject({ type: 'notice', reason: 'SESSION_IDLE' });
    now += 50_000;
    bench.proxy.tick();
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'SESSION_IDLE', canResume: false });
  });

  it('ends a session at the time that its token allows', async () => {
    let now = Date.now();
    await using bench = await startBench({ now: () => now });
    const { page } = await bench.opened(bench.tokens.issue({ sessionExpiresAt: now + 5_000 }));
    now += 5_001;
    bench.proxy.tick();
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'SESSION_EXPIRED' });
  });

  it('asks a silent client for a sign of life and gives up a dead one', async () => {
    let now = 1_700_000_000_000;
    await using bench = await startBench({ now: () => now, limits: { pingMs: 1_000, deadMs: 3_000 } });
    const { page, info, server } = await bench.opened(
      bench.tokens.issue({ sessionExpiresAt: now + 86_400_000 }),
      { autoPong: false },
    );
    const pings = () => new Promise((resolve) => page.socket.once('ping', resolve));
    let pinged = pings();
    now += 1_500;
    bench.proxy.tick();
    await pinged;
    // Whatever a client sends is a sign of life.
    page.sendBytes(keyEvent(1));
    await read(server, 8);
    now += 9_000;
    pinged = pings();
    bench.proxy.tick();
    await pinged;
    expect(bench.proxy.sessions).toBe(1);
    now += 1_999;
    bench.proxy.tick();
    expect(bench.proxy.sessions).toBe(1);
    now += 1;
    bench.proxy.tick();
    expect(await bench.conductor.hears('closed')).toMatchObject({
      sessionId: info.session,
      reason: 'CLIENT_LOST',
      resumable: true,
    });
  });
});

describe('without the services behind it', () => {
  it('goes on with live sessions and refuses new ones while no conductor answers, then says again what it carries', async () => {
    await using bench = await startBench({ wait, limits: { conductorWaitMs: 50 } });
    const { page, info, server } = await bench.opened();
    await bench.conductor.hears('openedSessionId');
    const { port } = bench.conductor;
    await bench.conductor[Symbol.asyncDispose]();
    await until(() => !bench.proxy.healthy());
    page.sendBytes(keyEvent(1));
    expect(await read(server, 8)).toEqual(keyEvent(1));
    const late = await bench.page();
    late.send({ type: 'open', token: bench.tokens.issue() });
    expect(await late.message()).toMatchObject({ type: 'closing', reason: 'CONDUCTOR_UNAVAILABLE' });

    await using back = await startFakeConductor({ endpoint: bench.machine.endpoint, port });
    expect(await back.hears('hello')).toMatchObject({
      sessionIds: [info.session],
      target: bench.proxy.target,
    });
    back.tell({
      notice: { $case: 'end', value: { sessionId: info.session, reason: 'CONSOLE_DISABLED', message: '' } },
    });
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'CONSOLE_DISABLED' });
  });

  it('tells a conductor that was away how a session ended meanwhile', async () => {
    await using bench = await startBench({ wait });
    const { page, info } = await bench.opened();
    await bench.conductor.hears('openedSessionId');
    const { port } = bench.conductor;
    await bench.conductor[Symbol.asyncDispose]();
    await until(() => !bench.proxy.healthy());
    page.socket.close();
    await until(() => bench.proxy.sessions === 0);
    await using back = await startFakeConductor({ endpoint: bench.machine.endpoint, port });
    expect(await back.hears('hello')).toMatchObject({ sessionIds: [] });
    expect(await back.hears('closed')).toMatchObject({ sessionId: info.session, reason: 'CLIENT_CLOSED' });
  });

  it('admits nobody after 30 s without the token service, keeps live sessions, and hears of what it missed', async () => {
    let now = Date.now();
    await using bench = await startBench({ wait, now: () => now });
    const { page, server } = await bench.opened(bench.tokens.issue({ sessionExpiresAt: now + 86_400_000 }));
    bench.tokens.revoke({ subject: 'nobody' });
    await until(() => bench.tokens.watchedFrom.length > 0);
    const target = Number(bench.tokens.target.split(':').at(-1));
    await bench.tokens[Symbol.asyncDispose]();
    now += 31_000;
    const late = await bench.page();
    late.send({ type: 'open', token: 'x' });
    expect(await late.message()).toMatchObject({ type: 'closing', reason: 'TOKEN_SERVICE_UNAVAILABLE' });
    page.sendBytes(keyEvent(1));
    expect(await read(server, 8)).toEqual(keyEvent(1));

    bench.tokens.revoke({ subject: 'alice', message: 'Revoked while away.' });
    await using _back = await startFakeTokenService({ port: target, past: bench.tokens });
    expect(await page.message()).toMatchObject({ reason: 'TOKEN_REVOKED', message: 'Revoked while away.' });
    expect(bench.proxy.healthy()).toBe(true);
  });

  it('says that the token service does not answer when a token cannot be redeemed', async () => {
    await using bench = await startBench();
    await bench.opened();
    await bench.tokens[Symbol.asyncDispose]();
    const late = await bench.page();
    late.send({ type: 'open', resume: 'some ticket' });
    expect(await late.message()).toMatchObject({
      type: 'closing',
      reason: 'TOKEN_SERVICE_UNAVAILABLE',
      canResume: true,
    });
  });
});
