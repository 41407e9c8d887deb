import { type HttpClient, HttpError } from '@consolemesh/http';
import { describe, expect, it } from 'vitest';
import { createRedfishClient } from './index.ts';
import { credentials, type Seen, startFakeService } from './testing/fake-service.ts';
import { isLogin, LOGIN, SESSIONS, SYSTEM } from './testing/requests.ts';

/** A place that is passed once somebody has opened it. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('a Redfish client and its session', () => {
  it('logs in with the first call, uses one session for all and ends it', async () => {
    await using service = await startFakeService();
    {
      await using client = createRedfishClient(service.http, credentials);
      expect(service.seen).toEqual([]);
      const answers = await Promise.all([client.get(SYSTEM), client.get(`${SYSTEM}/`)]);
      expect(answers).toEqual([{ '@odata.id': SYSTEM }, { '@odata.id': `${SYSTEM}/` }]);
    }
    const calls = [LOGIN, `GET ${SYSTEM}`, `GET ${SYSTEM}/`, `DELETE ${SESSIONS}/1`];
    expect(service.calls).toEqual(calls);
    expect(service.sessions.size).toBe(0);
    expect(service.seen.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });

  it('sends the headers of the standard', async () => {
    await using service = await startFakeService();
    await using client = createRedfishClient(service.http, credentials);
    await client.patch(SYSTEM, { AssetTag: 'x' }, { ifMatch: 'W/"1"' });
    const { headers, body } = service.seen.at(-1) as Seen;
    expect(body).toEqual({ AssetTag: 'x' });
    expect(headers).toMatchObject({
      'odata-version': '4.0',
      'accept-encoding': 'identity',
      accept: 'application/json',
      'content-type': 'application/json',
      'x-auth-token': 'token-1',
      'if-match': 'W/"1"',
    });
  });

  it('ends the session also after an error, and makes none for nothing', async () => {
    await using service = await startFakeService(({ path }) =>
      path === SYSTEM ? { status: 500 } : undefined,
    );
    {
      await using client = createRedfishClient(service.http, credentials);
      await expect(client.get(SYSTEM)).rejects.toMatchObject({
        code: 'HTTP_STATUS',
        details: { status: 500 },
      });
      await using _idle = createRedfishClient(service.http, credentials);
    }
    expect(service.calls).toEqual([LOGIN, `GET ${SYSTEM}`, `DELETE ${SESSIONS}/1`]);
  });

  it('stops calls that go on when it is disposed, and still ends the session', async () => {
    const reached = gate();
    await using service = await startFakeService(({ path }) => {
      if (path !== SYSTEM) return undefined;
      reached.open();
      return 'hang';
    });
    const client = createRedfishClient(service.http, credentials);
    const hanging = client.get(SYSTEM).catch((error: unknown) => error);
    await reached.passed;
    await client[Symbol.asyncDispose]();
    expect(await hanging).toMatchObject({ name: 'HttpError', code: 'ABORTED' });
    expect(service.sessions.size).toBe(0);
    await expect(client.get(SYSTEM)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('waits for a login that was sent before it ends its session', async () => {
    const [asked, gone] = [gate(), gate()];
    await using service = await startFakeService(async (seen) => {
      if (!isLogin(seen)) return undefined;
      asked.open();
      await gone.passed;
      return undefined;
    });
    const client = createRedfishClient(service.http, credentials);
    const call = client.get(SYSTEM).catch((error: unknown) => error);
    await asked.passed;
    const disposed = client[Symbol.asyncDispose]();
    expect(await call).toMatchObject({ name: 'HttpError', code: 'ABORTED' });
    gone.open();
    await disposed;
    await client.ended;
    expect(service.calls).toEqual([LOGIN, `DELETE ${SESSIONS}/1`]);
    expect(service.sessions.size).toBe(0);
  });

  it('gives no password to a service that is slow to show its root once it is disposed', async () => {
    const asked = gate();
    await using service = await startFakeService(({ method }) => {
      asked.open();
      return method === 'GET' ? 'hang' : undefined;
    });
    const client = createRedfishClient(service.http, credentials);
    const call = client.get(SYSTEM).catch((error: unknown) => error);
    await asked.passed;
    await client[Symbol.asyncDispose]();
    await client.ended;
    expect(await call).toMatchObject({ name: 'HttpError', code: 'ABORTED' });
    expect(service.calls).toEqual([]);
  });

  it('leaves nothing behind when its HTTP client is closed while a login waits for its answer', async () => {
    const asked = gate();
    await using service = await startFakeService((seen) => {
      if (!isLogin(seen)) return undefined;
      asked.open();
      return 'hang';
    });
    const client = createRedfishClient(service.http, credentials);
    const call = client.get(SYSTEM).catch((error: unknown) => error);
    await asked.passed;
    const disposed = client[Symbol.asyncDispose]();
    await service.http[Symbol.asyncDispose]();
    await Promise.all([disposed, client.ended]);
    expect(await call).toMatchObject({ name: 'HttpError', code: 'ABORTED' });
  });

  it('sends nothing for a caller who has gone away already', async () => {
    const asked: string[] = [];
    const http: HttpClient = {
      async request({ path }) {
        asked.push(path);
        throw new HttpError('REFUSED', 'nobody is there');
      },
      async [Symbol.asyncDispose]() {},
    };
    await using client = createRedfishClient(http, credentials);
    const call = client.get(SYSTEM, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'HttpError', code: 'ABORTED' });
    expect(asked).toEqual([]);
  });

  it('gives up ending a session that the service does not let go of', async () => {
    await using service = await startFakeService(({ method }) => (method === 'DELETE' ? 'hang' : undefined));
    {
      await using client = createRedfishClient(service.http, credentials);
      await client.get(SYSTEM);
    }
    expect(service.calls.at(-1)).toBe(`DELETE ${SESSIONS}/1`);
  });

  it('shows its session for what is no call, the same that calls use', async () => {
    await using service = await startFakeService();
    {
      await using client = createRedfishClient(service.http, credentials);
      expect(await client.authorize()).toEqual({ 'x-auth-token': 'token-1' });
      await client.get(SYSTEM);
      expect(service.sessions.size).toBe(1);
    }
    expect(service.sessions.size).toBe(0);
  });

  it('makes one new session for one that has expired, whoever notices', async () => {
    await using service = await startFakeService();
    await using client = createRedfishClient(service.http, credentials);
    await client.get(SYSTEM);
    service.sessions.clear();
    await Promise.all([client.get('/a'), client.post('/b', { x: 1 }), client.get('/c')]);
    expect(service.calls.filter((call) => call === LOGIN)).toHaveLength(2);
    expect(
      service.seen.filter(({ path, headers }) => path === '/b' && headers['x-auth-token'] === 'token-2'),
    ).toHaveLength(1);
    expect([...service.sessions.values()]).toEqual(['token-2']);
  });

  it('does not log in again and again for one resource that is never given', async () => {
    await using service = await startFakeService(({ path }) =>
      path === '/never' ? { status: 401 } : undefined,
    );
    await using client = createRedfishClient(service.http, credentials);
    for (let i = 0; i < 3; i++)
      await expect(client.get('/never')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(service.calls.filter((call) => call === LOGIN)).toHaveLength(1);
    await client.get(SYSTEM);
    await expect(client.get('/never')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(service.sessions.size).toBe(1);
  });
});
