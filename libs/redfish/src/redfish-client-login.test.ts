import { describe, expect, it } from 'vitest';
import { createRedfishClient, type RedfishErrorCode } from './index.ts';
import { credentials, extended, type Reply, startFakeService } from './testing/fake-service.ts';
import { asError, isLogin, LOGIN, SESSIONS, SYSTEM } from './testing/requests.ts';

describe('a Redfish client that logs in', () => {
  it.each([404, 405, 501])('uses Basic when making a session is answered with %d', async (status) => {
    await using service = await startFakeService((seen) => {
      if (isLogin(seen)) return { status };
      return seen.headers.authorization === undefined ? undefined : { body: {} };
    });
    {
      await using client = createRedfishClient(service.http, credentials);
      await client.get(SYSTEM);
      await client.get(SYSTEM);
    }
    const basic = `Basic ${Buffer.from('root:canary-5f2a').toString('base64')}`;
    expect(service.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      basic,
      basic,
    ]);
  });

  it('never tries refused Basic credentials again', async () => {
    await using service = await startFakeService((seen) => ({ status: isLogin(seen) ? 404 : 401 }));
    await using client = createRedfishClient(service.http, credentials);
    for (let i = 0; i < 3; i++)
      await expect(client.get(SYSTEM)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(service.calls).toEqual([LOGIN, `GET ${SYSTEM}`]);
  });

  const ilo = extended('iLO.2.14.UnauthorizedLoginAttempt', '');
  it.each<[string, Reply, RedfishErrorCode]>([
    ['401', { status: 401 }, 'UNAUTHORIZED'],
    ["400 with an iLO's message", { status: 400, body: ilo }, 'UNAUTHORIZED'],
    ['403', { status: 403, body: extended('Base.1.12.PasswordChangeRequired', 'Change it.') }, 'FORBIDDEN'],
  ])('never tries credentials again that were refused with %s', async (_how, reply, code) => {
    await using service = await startFakeService((seen) => (isLogin(seen) ? reply : undefined));
    {
      await using client = createRedfishClient(service.http, credentials);
      const calls = [client.get(SYSTEM), client.get(SYSTEM)].map((call) => call.catch(asError));
      for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code });
      await expect(client.post(SYSTEM, {})).rejects.toMatchObject({ code });
    }
    expect(service.calls).toEqual([LOGIN]);
  });

  it.each<[string, Reply, RedfishErrorCode]>([
    ['503', { status: 503 }, 'SESSIONS_FULL'],
    [
      'the message that says so',
      { status: 400, body: extended('Base.1.8.SessionLimitExceeded', '') },
      'SESSIONS_FULL',
    ],
    ['503 of a service that starts', { status: 503, body: extended('IDRAC.2.8.SYS518', '') }, 'BUSY'],
    ['429', { status: 429 }, 'BUSY'],
    ['201 without a token', { status: 201, body: {} }, 'MALFORMED'],
  ])('tells a login that is answered with %s, and tries it with the next call', async (_how, reply, code) => {
    let refusals = 1;
    await using service = await startFakeService((seen) =>
      isLogin(seen) && refusals-- > 0 ? reply : undefined,
    );
    await using client = createRedfishClient(service.http, credentials);
    await expect(client.get(SYSTEM)).rejects.toMatchObject({ name: 'RedfishError', code });
    expect(await client.get(SYSTEM)).toEqual({ '@odata.id': SYSTEM });
  });

  it.each<[string, Reply]>([
    ['a page', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
    ['other JSON', { body: { hello: 'world' } }],
    ['404', { status: 404 }],
    ['a redirect to a page', { status: 302, headers: { location: '/login.html' } }],
  ])('gives no password to a service whose root is %s', async (_what, reply) => {
    await using service = await startFakeService(() => reply);
    await using client = createRedfishClient(service.http, credentials);
    await expect(client.get(SYSTEM)).rejects.toMatchObject({ code: 'NOT_REDFISH' });
    expect(service.calls).toEqual([]);
  });

  it('finds the root without its final slash, and sessions at their usual place when the root is shut', async () => {
    await using bare = await startFakeService(({ path }) => {
      if (path === '/redfish/v1/') return { status: 404 };
      return path === '/redfish/v1' ? { body: { RedfishVersion: '1.0.0' } } : undefined;
    });
    await using shut = await startFakeService(({ path }) =>
      path === '/redfish/v1/' ? { status: 401 } : undefined,
    );
    for (const service of [bare, shut]) {
      await using client = createRedfishClient(service.http, credentials);
      expect(await client.get(SYSTEM)).toEqual({ '@odata.id': SYSTEM });
    }
  });

  it('ends a session whose Location is absolute, and one whose Location leads elsewhere', async () => {
    for (const prefix of ['own', 'https://elsewhere.test']) {
      await using service = await startFakeService((seen, me) => {
        if (!isLogin(seen)) return undefined;
        me.sessions.set(`${SESSIONS}/7`, 'token-7');
        const location = `${prefix === 'own' ? me.origin : prefix}${SESSIONS}/7`;
        return { status: 201, headers: { 'x-auth-token': 'token-7', location }, body: { Id: '7' } };
      });
      {
        await using client = createRedfishClient(service.http, credentials);
        await client.get(SYSTEM);
      }
      expect(service.sessions.size).toBe(0);
    }
  });
});
