import { inspect } from 'node:util';
import { HttpError } from '@consolemesh/http';
import { describe, expect, it } from 'vitest';
import { createRedfishClient, RedfishError, type RedfishErrorCode } from './index.ts';
import { credentials, extended, type Reply, type Seen, startFakeService } from './testing/fake-service.ts';

const SESSIONS = '/redfish/v1/SessionService/Sessions';
const SYSTEM = '/redfish/v1/Systems/1';
const LOGIN = `POST ${SESSIONS}`;

function isLogin({ method, path }: Seen): boolean {
  return method === 'POST' && path === SESSIONS;
}

function asError(error: unknown): RedfishError {
  expect(error).toBeInstanceOf(RedfishError);
  return error as RedfishError;
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
    let reached = () => {};
    const atSystem = new Promise<void>((resolve) => {
      reached = resolve;
    });
    await using service = await startFakeService(({ path }) => {
      if (path !== SYSTEM) return undefined;
      reached();
      return 'hang';
    });
    const client = createRedfishClient(service.http, credentials);
    const hanging = client.get(SYSTEM).catch((error: unknown) => error);
    await atSystem;
    await client[Symbol.asyncDispose]();
    expect(await hanging).toMatchObject({ name: 'HttpError', code: 'ABORTED' });
    expect(service.sessions.size).toBe(0);
    await expect(client.get(SYSTEM)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('waits for a login that is under way before it ends its session', async () => {
    await using service = await startFakeService();
    const client = createRedfishClient(service.http, credentials);
    const call = client.get(SYSTEM).catch((error: unknown) => error);
    await client[Symbol.asyncDispose]();
    expect(await call).toBeInstanceOf(HttpError);
    expect(service.calls).toEqual([LOGIN, `DELETE ${SESSIONS}/1`]);
  });

  it('gives up ending a session that the service does not let go of', async () => {
    await using service = await startFakeService(({ method }) => (method === 'DELETE' ? 'hang' : undefined));
    {
      await using client = createRedfishClient(service.http, credentials);
      await client.get(SYSTEM);
    }
    expect(service.calls.at(-1)).toBe(`DELETE ${SESSIONS}/1`);
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

describe('a Redfish client and answers', () => {
  /** The result of one PATCH that is answered so. */
  async function patch(reply: Reply, body = {}) {
    await using service = await startFakeService(({ method }) => (method === 'PATCH' ? reply : undefined));
    await using client = createRedfishClient(service.http, credentials);
    return await client.patch(SYSTEM, body).catch(asError);
  }

  it('brings the messages of successes, of the answer and of single properties', async () => {
    const note = {
      MessageId: 'IDRAC.2.8.SYS413',
      Message: 'Done.',
      Severity: 'OK',
      RelatedProperties: ['#/A'],
    };
    const body = {
      '@Message.ExtendedInfo': [note],
      'A@Message.ExtendedInfo': { MessageId: 'X.1.0.Rounded' },
    };
    expect(await patch({ body })).toEqual({
      status: 200,
      body,
      messages: [
        { id: 'IDRAC.2.8.SYS413', text: 'Done.', severity: 'OK', properties: ['#/A'] },
        { id: 'X.1.0.Rounded', text: '', properties: [] },
      ],
    });
  });

  it('takes an answer without a body', async () => {
    expect(await patch({ status: 204 })).toEqual({ status: 204, body: undefined, messages: [] });
  });

  it.each<[string, Reply, RedfishErrorCode]>([
    [
      '400 with a reason',
      { status: 400, body: extended('Base.1.12.PropertyUnknown', 'No such.') },
      'REFUSED',
    ],
    ['409 with a reason', { status: 409, body: extended('IDRAC.2.8.LC068', 'Locked down.') }, 'REFUSED'],
    [
      '400 with no more than a summary',
      { status: 400, body: { error: { code: 'X.1.0.Odd', message: 'Odd.' } } },
      'REFUSED',
    ],
    ['400 without a reason', { status: 400 }, 'HTTP_STATUS'],
    [
      '400 with a bare GeneralError',
      { status: 400, body: { error: { code: 'Base.1.0.GeneralError' } } },
      'HTTP_STATUS',
    ],
    ['403', { status: 403 }, 'FORBIDDEN'],
    ['404 with a page', { status: 404, body: '<html></html>' }, 'NOT_FOUND'],
    ['500', { status: 500 }, 'HTTP_STATUS'],
    ['500 that says SYS518', { status: 500, body: extended('IDRAC.2.8.SYS518', 'Later.') }, 'BUSY'],
    ['503', { status: 503 }, 'BUSY'],
    ['a page', { body: '<html></html>' }, 'NOT_REDFISH'],
    ['JSON that is cut', { body: '{"a": [1, 2' }, 'MALFORMED'],
    ['JSON that is a list', { body: '[]' }, 'MALFORMED'],
    ['five megabytes', { body: { a: 'x'.repeat(5_000_000) } }, 'TOO_LARGE'],
  ])('calls %s by its name', async (_what, reply, code) => {
    expect(await patch(reply)).toMatchObject({ code });
  });

  it('gives ids and words of a refusal', async () => {
    const text = 'The value 7 is not in the list.';
    const error = await patch({ status: 400, body: extended('Base.1.12.PropertyValueNotInList', text) });
    expect(error).toMatchObject({
      message: `PATCH ${SYSTEM}: the service refused it (status 400): ${text}`,
      details: { status: 400, messageIds: ['Base.1.12.PropertyValueNotInList'], messages: [text] },
    });
  });

  it('takes an empty GET for broken, and a byte order mark for what it is', async () => {
    await using service = await startFakeService(({ path }) => {
      if (path === '/empty') return { body: '' };
      return path === '/bom' ? { body: '\ufeff{"a":1}' } : undefined;
    });
    await using client = createRedfishClient(service.http, credentials);
    await expect(client.get('/empty')).rejects.toMatchObject({ code: 'MALFORMED' });
    expect(await client.get('/bom')).toEqual({ a: 1 });
  });

  it('gives the place of what was made, unless it is on another host', async () => {
    const place = { '/own': '/made/1', '/absolute': 'own', '/elsewhere': 'https://elsewhere.test/made/1' };
    await using service = await startFakeService(({ path }, { origin }) => {
      const location = place[path as keyof typeof place];
      if (location === undefined) return undefined;
      return { status: 201, headers: { location: location === 'own' ? `${origin}/made/1` : location } };
    });
    await using client = createRedfishClient(service.http, credentials);
    expect((await client.post('/own', {})).location).toBe('/made/1');
    expect((await client.post('/absolute', {})).location).toBe('/made/1');
    expect((await client.post('/elsewhere', {})).location).toBeUndefined();
  });

  it.each([301, 307, 308])(
    'follows a redirect (%d) that only adds or drops the final slash',
    async (status) => {
      await using service = await startFakeService(({ path }) => {
        if (path === SYSTEM) return { status, headers: { location: `${SYSTEM}/` } };
        if (path === '/drop/') return { status, headers: { location: '/drop' } };
        return path === '/loop' ? { status, headers: { location: '/loop' } } : undefined;
      });
      await using client = createRedfishClient(service.http, credentials);
      expect((await client.patch(SYSTEM, { a: 1 })).body).toEqual({ '@odata.id': `${SYSTEM}/` });
      expect(service.seen.at(-1)).toMatchObject({ method: 'PATCH', body: { a: 1 } });
      expect(await client.get('/drop/')).toEqual({ '@odata.id': '/drop' });
      await expect(client.get('/loop')).rejects.toMatchObject({ code: 'UNEXPECTED_REDIRECT' });
    },
  );

  it('takes no session to another host', async () => {
    await using other = await startFakeService();
    await using service = await startFakeService(({ path }) => {
      const location = `${other.origin}${path}`;
      if (path === '/task') return { status: 202, headers: { location } };
      return path === SYSTEM ? { status: 308, headers: { location } } : undefined;
    });
    await using client = createRedfishClient(service.http, credentials);
    for (const path of [SYSTEM, '/task']) {
      await expect(client.post(path, {})).rejects.toMatchObject({ code: 'MALFORMED' });
    }
    expect(other.seen).toEqual([]);
  });

  it('asks for compression where the service takes nothing else', async () => {
    await using service = await startFakeService(({ headers }) =>
      headers['accept-encoding'] === 'identity' ? { status: 406 } : undefined,
    );
    await using client = createRedfishClient(service.http, credentials);
    expect(await client.get(SYSTEM)).toEqual({ '@odata.id': SYSTEM });
    expect(service.seen.filter(({ headers }) => headers['accept-encoding'] === 'identity')).toHaveLength(1);
  });
});

describe('a Redfish client and tasks', () => {
  const TASK = '/redfish/v1/TaskService/Tasks/JID_1';
  const now = { 'retry-after': '0' };
  const accepted: Reply = { status: 202, headers: { ...now, location: TASK } };
  const task = (TaskState: string, more = {}): Reply => ({ headers: now, body: { TaskState, ...more } });

  /** The result of a POST whose task gives these answers, one after the other and the last one for ever. */
  async function post(...replies: Reply[]) {
    let at = 0;
    await using service = await startFakeService(({ method, path }) => {
      if (path === SYSTEM && method === 'POST') return accepted;
      return path === TASK ? replies[Math.min(at++, replies.length - 1)] : undefined;
    });
    await using client = createRedfishClient(service.http, credentials);
    return await client.post(SYSTEM, { Password: 'hunter22' }, { deadlineMs: 10_000 }).catch(asError);
  }

  it('follows a monitor until the answer is there', async () => {
    const running: Reply = { status: 202, headers: now };
    expect(await post(running, running, { status: 503, headers: now }, { body: { a: 1 } })).toMatchObject({
      body: { a: 1 },
    });
    expect(await post(running, { status: 204 })).toMatchObject({ status: 204 });
  });

  it('follows a task through its states', async () => {
    const done = task('Completed', { Messages: [{ MessageId: 'SYS413', Message: 'Done.' }] });
    expect(await post(task('New'), task('Running'), done)).toMatchObject({ messages: [{ text: 'Done.' }] });
  });

  it.each<[string, Reply, RedfishErrorCode]>([
    [
      'that ended in an exception',
      task('Exception', { Messages: [{ Message: 'hunter22 is weak.' }] }),
      'TASK_FAILED',
    ],
    ['that was killed', { ...task('Killed'), status: 202 }, 'TASK_FAILED'],
    ['that completed, but critically', task('Completed', { TaskStatus: 'Critical' }), 'TASK_FAILED'],
    ['whose monitor gives a refusal', { status: 400, body: extended('Base.1.0.X', 'No.') }, 'REFUSED'],
    ['that nobody knows', { status: 404 }, 'NOT_FOUND'],
  ])('fails with a task %s', async (_what, last, code) => {
    const error = await post(task('Running'), last);
    expect(error).toMatchObject({ code });
    expect(inspect(error)).not.toContain('hunter22');
  });

  it('gives up at the deadline and says how far the task was', async () => {
    await using service = await startFakeService(({ path }) => {
      if (path === SYSTEM) return accepted;
      return path === TASK ? task('Running') : undefined;
    });
    await using client = createRedfishClient(service.http, credentials);
    await expect(client.post(SYSTEM, {}, { deadlineMs: 1_500 })).rejects.toMatchObject({
      name: 'HttpError',
      code: 'TIMEOUT',
    });
    expect(service.calls).toContain(`GET ${TASK}`);
  });
});

describe('a Redfish client and secrets', () => {
  it('never shows a password, whatever the service repeats', async () => {
    const secret = 'Hunter22';
    const echo = `The value ${secret} of root:${credentials.password} is no good.`;
    const body = extended(`X.1.0.${secret}`, echo, {
      MessageArgs: [secret],
      Resolution: echo,
      RelatedProperties: [secret],
    });
    for (const status of [200, 202, 400, 401, 403, 404, 500, 503]) {
      await using service = await startFakeService((seen) =>
        isLogin(seen) || seen.path === SYSTEM ? { status, body } : undefined,
      );
      const login = createRedfishClient(service.http, credentials);
      const failed: unknown = await login.get('/x').catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(Error);
      expect(inspect([failed, login], { depth: Infinity, showHidden: true })).not.toContain(
        credentials.password,
      );
    }
    for (const status of [200, 400, 403, 500]) {
      await using service = await startFakeService(({ path }) =>
        path === SYSTEM ? { status, body } : undefined,
      );
      await using client = createRedfishClient(service.http, credentials);
      const wanted = { Attributes: { 'VNCServer.1.Password': secret } };
      const result = await client.patch(SYSTEM, wanted).then(({ messages }) => messages, asError);
      const shown = inspect(result, { depth: Infinity, showHidden: true });
      expect(shown).toContain('***');
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(credentials.password);
    }
  });
});
