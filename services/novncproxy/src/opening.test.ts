import { Role } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { keyEvent, type OpenedInfo, read, shakeHands, startBench, updateRequest } from './testing.ts';

describe('opening a console', () => {
  it('shows the screen and carries bytes both ways', async () => {
    await using bench = await startBench();
    const { page, info, server } = await bench.opened(bench.tokens.issue({ subject: 'alice' }));
    expect(info).toMatchObject({ node: 'node-1', role: 'control', subject: 'alice', unverifiedTls: false });
    page.sendBytes(keyEvent(0x61));
    expect(await read(server, 8)).toEqual(keyEvent(0x61));
    const picture = Buffer.alloc(300_000, 7);
    server.write(picture);
    expect((await page.bytes(picture.length)).equals(picture)).toBe(true);
  });

  it('tells the conductor when a session carries bytes and when its page has left', async () => {
    await using bench = await startBench();
    const { page, info } = await bench.opened();
    expect(await bench.conductor.hears('openedSessionId')).toBe(info.session);
    page.socket.close(1001);
    expect(await bench.conductor.hears('closed')).toMatchObject({
      sessionId: info.session,
      reason: 'CLIENT_CLOSED',
      resumable: true,
    });
  });

  it('tells the conductor who asks, from where, and for which proxy', async () => {
    await using bench = await startBench({ proxyId: 'proxy-7' });
    await bench.opened();
    expect(bench.conductor.asked[0]).toMatchObject({
      proxyId: 'proxy-7',
      clientAddress: '127.0.0.1',
      takeOver: false,
    });
  });

  it('drops the input of a view session and lets its requests for pictures pass', async () => {
    await using bench = await startBench();
    const { page, info, server } = await bench.opened(bench.tokens.issue({ role: 'view' }));
    expect(info.role).toBe('view');
    page.sendBytes(Buffer.concat([keyEvent(0x61), updateRequest, keyEvent(0x62), updateRequest]));
    expect(await read(server, 20)).toEqual(Buffer.concat([updateRequest, updateRequest]));
  });

  it('says that a certificate was not judged', async () => {
    await using bench = await startBench();
    bench.conductor.unverifiedTls = true;
    const { info } = await bench.opened();
    expect(info.unverifiedTls).toBe(true);
  });

  it('comes back to the same session with a ticket, once for each ticket', async () => {
    await using bench = await startBench();
    const { page, info } = await bench.opened();
    page.socket.terminate();
    await bench.conductor.hears('closed');
    const again = await bench.page();
    again.send({ type: 'open', resume: info.resume });
    const second = await again.message<OpenedInfo>();
    expect(second).toMatchObject({ type: 'opened', session: info.session, role: 'control' });
    expect(second.resume).not.toBe(info.resume);
    const stale = await bench.page();
    stale.send({ type: 'open', resume: info.resume });
    expect(await stale.message()).toMatchObject({
      type: 'closing',
      reason: 'RESUME_INVALID',
      canResume: false,
    });
  });

  it('keeps the session when its tab comes back before the older connection was missed', async () => {
    await using bench = await startBench();
    const { page, info } = await bench.opened();
    const again = await bench.page();
    again.send({ type: 'open', resume: info.resume });
    expect(await again.message()).toMatchObject({ type: 'opened', session: info.session });
    expect((await page.closed).reason).toBe('CLIENT_LOST');
    // The conductor's word for the older connection comes late and must not hit the newer one.
    bench.conductor.tell({
      notice: { $case: 'end', value: { sessionId: info.session, reason: 'CLIENT_LOST', message: '' } },
    });
    bench.conductor.tell({
      notice: {
        $case: 'notify',
        value: { sessionId: info.session, reason: 'CONSOLE_DISABLED', message: 'soon' },
      },
    });
    expect(await again.message()).toEqual({ type: 'notice', reason: 'CONSOLE_DISABLED', message: 'soon' });
    expect(bench.conductor.heard.some(({ $case }) => $case === 'closed')).toBe(false);
  });
});

describe('a console in use', () => {
  const inUse = (mayTakeOver = true) => ({
    outcome: {
      $case: 'inUse' as const,
      value: { sessionId: 's', subject: 'bob', since: toTimestamp(1_700_000_000_000), mayTakeOver },
    },
  });

  it('says who uses it since when, and opens after a take-over', async () => {
    await using bench = await startBench();
    bench.conductor.answers.push(inUse());
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    expect(await page.message()).toMatchObject({
      type: 'in-use',
      subject: 'bob',
      since: '2023-11-14T22:13:20.000Z',
      mayTakeOver: true,
    });
    page.send({ type: 'take-over' });
    expect(await page.message()).toMatchObject({ type: 'opened' });
    expect(bench.conductor.asked.map(({ takeOver }) => takeOver)).toEqual([false, true]);
    await shakeHands(page);
  });

  it('looks again on "retry" without redeeming the token a second time', async () => {
    await using bench = await startBench();
    bench.conductor.answers.push(inUse(), inUse(false));
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    expect(await page.message()).toMatchObject({ type: 'in-use', mayTakeOver: true });
    page.send({ type: 'retry' });
    expect(await page.message()).toMatchObject({ type: 'in-use', mayTakeOver: false });
    page.send({ type: 'retry' });
    expect(await page.message()).toMatchObject({ type: 'opened' });
    expect(bench.tokens.redemptions).toBe(1);
  });

  it('renews a grant that became too old with the ticket', async () => {
    await using bench = await startBench();
    bench.conductor.answers.push(inUse(), new MeshError('GRANT_EXPIRED'));
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    const first = await page.message<{ resume: string }>();
    page.send({ type: 'retry' });
    const opened = await page.message<OpenedInfo>();
    expect(opened.type).toBe('opened');
    expect(opened.resume).not.toBe(first.resume);
    expect(bench.tokens.redemptions).toBe(2);
  });

  it('ends the offer after a while', async () => {
    await using bench = await startBench({ limits: { inUseMs: 20 } });
    bench.conductor.answers.push(inUse());
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    await page.message();
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'HANDSHAKE_TIMEOUT' });
  });
});

describe('a client that is not let in', () => {
  it.each([
    ['TOKEN_EXPIRED', 4451],
    ['TOKEN_REVOKED', 4452],
    ['TOKEN_USED', 4453],
    ['TOKEN_WRONG_KIND', 4454],
  ] as const)('reads %s in words and gets its close code', async (reason, code) => {
    await using bench = await startBench();
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue({ error: new MeshError(reason) }) });
    const closing = await page.message();
    expect(closing).toMatchObject({ type: 'closing', reason, canResume: false, retryAfterMs: null });
    expect(closing.message).toBe(new MeshError(reason).message);
    expect(await page.closed).toEqual({ code, reason });
    expect(bench.proxy.counters.refused.get(reason)).toBe(1);
  });

  it('is told what the conductor refuses, and keeps a ticket', async () => {
    await using bench = await startBench();
    bench.conductor.answers.push(new MeshError('CONSOLE_NOT_READY', 'Starting for 3 s.'));
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    expect(await page.message()).toMatchObject({ type: 'resume' });
    expect(await page.message()).toMatchObject({ reason: 'CONSOLE_NOT_READY', message: 'Starting for 3 s.' });
  });

  it('hears that it was silent for too long', async () => {
    await using bench = await startBench({ limits: { handshakeMs: 20 } });
    const page = await bench.page();
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'HANDSHAKE_TIMEOUT' });
    expect((await page.closed).code).toBe(4466);
  });

  it.each([
    ['text that is no JSON', 'open sesame'],
    ['an open with two credentials', '{"type":"open","token":"a","resume":"b"}'],
    ['an open without a credential', '{"type":"open"}'],
    ['something else first', '{"type":"retry"}'],
  ])('is closed for %s', async (_what, text) => {
    await using bench = await startBench();
    const page = await bench.page();
    page.socket.send(text);
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'PROTOCOL_VIOLATION' });
    expect((await page.closed).code).toBe(4468);
  });

  it('may not send console bytes before the console is open', async () => {
    await using bench = await startBench();
    const page = await bench.page();
    page.sendBytes(Buffer.from('RFB 003.008\n'));
    expect(await page.message()).toMatchObject({ reason: 'PROTOCOL_VIOLATION' });
  });

  it('may say things that this version does not know', async () => {
    await using bench = await startBench();
    const page = await bench.page();
    page.send({ type: 'hello', colour: 'blue' });
    page.send({ type: 'open', token: bench.tokens.issue() });
    expect(await page.message()).toMatchObject({ type: 'opened' });
  });

  it('waits its turn when its address opens too much', async () => {
    await using bench = await startBench({ limits: { openings: { burst: 1, perSecond: 0.5 } } });
    await bench.opened();
    const page = await bench.page();
    const closing = await page.message<{ retryAfterMs: number }>();
    expect(closing).toMatchObject({ type: 'closing', reason: 'RATE_LIMITED' });
    expect(closing.retryAfterMs).toBeGreaterThan(0);
  });

  it('is refused when the proxy carries as many sessions as it may', async () => {
    await using bench = await startBench({ limits: { maxSessions: 1 } });
    await bench.opened();
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'SESSION_LIMIT' });
  });

  it('gets its role from the token and from nowhere else', async () => {
    await using bench = await startBench();
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue({ role: 'view' }), role: Role.CONTROL });
    expect(await page.message()).toMatchObject({ role: 'view' });
  });
});
