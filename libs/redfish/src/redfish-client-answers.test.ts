import { describe, expect, it } from 'vitest';
import { createRedfishClient, type RedfishErrorCode } from './index.ts';
import { credentials, extended, type Reply, startFakeService } from './testing/fake-service.ts';
import { asError, SYSTEM } from './testing/requests.ts';

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
