import { HttpError, type HttpRequest, type HttpResponse } from '@consolemesh/http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepAccess } from './keep-access.ts';

const SESSIONS = '/redfish/v1/SessionService/Sessions';

/** A way to a service on which each request waits for `answer`, or for its signal. */
function slowWay() {
  const sent: string[] = [];
  const waiting = new Map<string, (response: HttpResponse) => void>();
  const send = (request: HttpRequest) =>
    new Promise<HttpResponse>((resolve, reject) => {
      const what = `${request.method} ${request.path}`;
      sent.push(what);
      waiting.set(what, resolve);
      const stop = () => {
        waiting.delete(what);
        reject(new HttpError('ABORTED', 'stopped'));
      };
      if (request.signal?.aborted) stop();
      request.signal?.addEventListener('abort', stop, { once: true });
    });
  const keeper = keepAccess(send, 'https://192.0.2.7', { username: 'root', password: 'canary-5f2a' });
  return {
    keeper,
    sent,
    /** What is under way. */
    waiting: () => [...waiting.keys()],
    async answer(what: string, status: number, headers = {}, body = {}) {
      waiting.get(what)?.({ status, headers, body: Buffer.from(JSON.stringify(body)) });
      waiting.delete(what);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

const ROOT = 'GET /redfish/v1/';
const LOGIN = `POST ${SESSIONS}`;
const LOGOUT = `DELETE ${SESSIONS}/1`;
const MADE = [201, { 'x-auth-token': 'token-1', location: `${SESSIONS}/1` }] as const;

/** Whether a promise has settled by now. */
function watch(promise: Promise<unknown>) {
  const state = { over: false };
  promise.finally(() => {
    state.over = true;
  });
  return state;
}

/** A way on which a login has been sent and not been answered. */
async function atLogin() {
  const way = slowWay();
  const entering = way.keeper.enter().catch((error: unknown) => error);
  await way.answer(ROOT, 200, {}, { RedfishVersion: '1.0.0' });
  expect(way.waiting()).toEqual([LOGIN]);
  return { ...way, entering };
}

describe('leaving a Redfish service', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    // Nothing may wait for anything any more.
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('sends no credentials any more when only the root had been asked for', async () => {
    const { keeper, sent, waiting } = slowWay();
    const entering = keeper.enter().catch((error: unknown) => error);
    await keeper.leave();
    await keeper.ended;
    expect(await entering).toMatchObject({ code: 'ABORTED' });
    expect([sent, waiting()]).toEqual([[ROOT], []]);
  });

  it('sends no credentials any more when the root is answered at that moment', async () => {
    const { keeper, sent, answer } = slowWay();
    const entering = keeper.enter().catch((error: unknown) => error);
    const answered = answer(ROOT, 200, {}, { RedfishVersion: '1.0.0' });
    await keeper.leave();
    await answered;
    expect(await entering).toMatchObject({ code: 'ABORTED', message: 'this client is closed' });
    expect(sent).toEqual([ROOT]);
  });

  it('keeps nobody waiting for a login that was sent, and ends the session that it makes', async () => {
    const { keeper, sent, answer, waiting } = await atLogin();
    const [leaving, ended] = [watch(keeper.leave()), watch(keeper.ended)];
    await vi.advanceTimersByTimeAsync(4_999);
    expect([leaving.over, ended.over]).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect([leaving.over, ended.over, waiting()]).toEqual([true, false, [LOGIN]]);
    await vi.advanceTimersByTimeAsync(10_000);
    await answer(LOGIN, ...MADE);
    expect([ended.over, waiting()]).toEqual([false, [LOGOUT]]);
    await answer(LOGOUT, 204);
    expect([ended.over, sent]).toEqual([true, [ROOT, LOGIN, LOGOUT]]);
  });

  it('takes 5 s in all when the login is answered late and the session is not let go of', async () => {
    const { keeper, answer, waiting } = await atLogin();
    const [leaving, ended] = [watch(keeper.leave()), watch(keeper.ended)];
    await vi.advanceTimersByTimeAsync(4_000);
    await answer(LOGIN, ...MADE);
    expect(waiting()).toEqual([LOGOUT]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([leaving.over, ended.over]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(25_000);
    expect([ended.over, waiting()]).toEqual([true, []]);
  });

  it.each(['never', 'just in time'])('is over after 30 s when the login is answered %s', async (when) => {
    const { keeper, answer, waiting, entering } = await atLogin();
    const ended = watch(keeper.ended);
    const leaving = keeper.leave();
    await vi.advanceTimersByTimeAsync(19_999);
    await leaving;
    expect(waiting()).toEqual([LOGIN]);
    if (when === 'just in time') await answer(LOGIN, ...MADE);
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting()).toEqual(when === 'never' ? [] : [LOGOUT]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([ended.over, waiting()]).toEqual([true, []]);
    expect(await entering).toMatchObject(when === 'never' ? { code: 'ABORTED' } : { kind: 'session' });
  });

  it('is the same for all who leave, and over at once where there is nothing to end', async () => {
    const idle = slowWay();
    await Promise.all([idle.keeper.leave(), idle.keeper.leave(), idle.keeper.ended]);
    expect(idle.sent).toEqual([]);
    await expect(idle.keeper.enter()).rejects.toMatchObject({ code: 'ABORTED' });
    const { keeper, answer, sent } = await atLogin();
    await answer(LOGIN, ...MADE);
    const both = [watch(keeper.leave()), watch(keeper.leave())];
    await vi.advanceTimersByTimeAsync(0);
    expect(both.map(({ over }) => over)).toEqual([false, false]);
    await answer(LOGOUT, 204);
    expect(both.map(({ over }) => over)).toEqual([true, true]);
    expect(sent.filter((what) => what === LOGOUT)).toHaveLength(1);
  });
});
