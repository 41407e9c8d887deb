import { HttpError, type HttpErrorCode } from '@consolemesh/http';
import { describe, expect, it } from 'vitest';
import { createWsmanClient } from './create-wsman-client.ts';
import { ANONYMOUS, NS } from './namespaces.ts';
import { fakeService, soap } from './testing/fake-service.ts';
import { attributeOf, childOf } from './xml-element.ts';

const CARD = 'http://schemas.dell.com/wbem/wscim/1/cim-schema/2/DCIM_iDRACCardService';
const KEYS = { CreationClassName: 'DCIM_iDRACCardService', Name: 'DCIM:iDRACCardService' };

const output = (id: string, inside: string) =>
  soap(id, `<n1:SetAttributes_OUTPUT xmlns:n1="${CARD}">${inside}</n1:SetAttributes_OUTPUT>`);

describe('invoke', () => {
  it('sends the selectors and each value of a list as an element of its own, in order', async () => {
    const { client, seen } = fakeService(({ messageId }) =>
      output(messageId, '<n1:ReturnValue>0</n1:ReturnValue>'),
    );
    await client.invoke(CARD, 'SetAttributes', KEYS, {
      Target: 'iDRAC.Embedded.1',
      AttributeName: ['VNCServer.1#Enable', 'VNCServer.1#Password'],
      AttributeValue: ['Enabled', 'a<&"b'],
    });
    const { header, content } = seen[0]!;
    expect(childOf(header, NS.wsa, 'Action')?.text).toBe(`${CARD}/SetAttributes`);
    const selectors = childOf(header, NS.wsman, 'SelectorSet')?.children ?? [];
    expect(selectors.map((one) => [attributeOf(one, '', 'Name'), one.text])).toEqual(Object.entries(KEYS));
    expect([content?.namespace, content?.name]).toEqual([CARD, 'SetAttributes_INPUT']);
    expect(content?.children.map((one) => [one.namespace, one.name, one.text])).toEqual([
      [CARD, 'Target', 'iDRAC.Embedded.1'],
      [CARD, 'AttributeName', 'VNCServer.1#Enable'],
      [CARD, 'AttributeName', 'VNCServer.1#Password'],
      [CARD, 'AttributeValue', 'Enabled'],
      [CARD, 'AttributeValue', 'a<&"b'],
    ]);
  });

  it('answers properties by name: text, lists, nil, empty, nested', async () => {
    const { client } = fakeService(({ messageId }) =>
      output(
        messageId,
        '<n1:ReturnValue>\n 4096 \n</n1:ReturnValue><n1:Nothing i:nil="true"/><n1:Empty/><n1:M>a</n1:M><n1:M>b</n1:M>' +
          `<n1:M i:nil="1">x</n1:M><other xmlns="urn:x">y</other><n1:Job><a:EndpointReference><a:Address>${ANONYMOUS}</a:Address></a:EndpointReference></n1:Job>`,
      ),
    );
    const answer = await client.invoke(CARD, 'SetAttributes', KEYS, {});
    expect(answer.className).toBe('SetAttributes_OUTPUT');
    expect(answer.text('ReturnValue')).toBe('4096');
    expect([answer.text('Nothing'), answer.text('Absent'), answer.text('Empty')]).toEqual([
      undefined,
      undefined,
      '',
    ]);
    expect(answer.all('M')).toEqual(['a', 'b']);
    expect(answer.all('Absent')).toEqual([]);
    expect(answer.names).toEqual(['ReturnValue', 'Nothing', 'Empty', 'M', 'Job']);
    expect(childOf(answer.element('Job'), NS.wsa, 'EndpointReference')?.children[0]?.text).toBe(ANONYMOUS);
  });

  it.each([
    ['of another method', `<n1:Other_OUTPUT xmlns:n1="${CARD}"/>`],
    ['of another class', '<n1:SetAttributes_OUTPUT xmlns:n1="urn:other"/>'],
  ])('refuses the output %s', async (_what, body) => {
    const { client } = fakeService(({ messageId }) => soap(messageId, body));
    await expect(client.invoke(CARD, 'SetAttributes', KEYS, {})).rejects.toMatchObject({ code: 'MALFORMED' });
  });

  it('blots out values that a fault repeats', async () => {
    const text = 'bad value Kx4zz9qQ for VNCServer.1#Password';
    const { client } = fakeService(({ messageId }) => ({
      status: 500,
      body: soap(messageId, `<Fault xmlns="${NS.s}"><Reason><Text>${text}, pin 7788</Text></Reason></Fault>`),
    }));
    const parameters = { AttributeName: ['VNCServer.1#Password'], AttributeValue: ['Kx4zz9qQ'] };
    const failed = client.invoke(CARD, 'SetAttributes', KEYS, parameters, { secrets: ['7788'] });
    await expect(failed).rejects.toMatchObject({
      details: { reason: 'bad value *** for VNCServer.1#Password, pin ***' },
    });
  });

  it('refuses what no request can carry, before it sends anything', async () => {
    const { client, seen } = fakeService(() => '');
    const call = (method: string, parameters: Record<string, string>) =>
      client.invoke(CARD, method, KEYS, parameters);
    await expect(call('Set Attributes', {})).rejects.toThrow(TypeError);
    await expect(call('SetAttributes', { 'a b': '1' })).rejects.toThrow(TypeError);
    const refused = call('SetAttributes', { AttributeValue: 'hunter2\0' });
    await expect(refused).rejects.toThrow('the parameter AttributeValue contains U+0000');
    await expect(refused).rejects.not.toThrow('hunter2');
    expect(seen).toEqual([]);
  });
});

describe('get', () => {
  it('answers the instance that the selectors name', async () => {
    const { client, seen } = fakeService(({ messageId }) =>
      soap(
        messageId,
        '<DCIM_LifecycleJob xmlns="urn:job"><JobStatus>Completed</JobStatus></DCIM_LifecycleJob>',
      ),
    );
    const job = await client.get('urn:job', { InstanceID: 'JID_1' });
    expect([job.className, job.text('JobStatus')]).toEqual(['DCIM_LifecycleJob', 'Completed']);
    expect(childOf(seen[0]?.header, NS.wsa, 'Action')?.text).toBe(`${NS.wxf}/Get`);
    expect(seen[0]?.content).toBeUndefined();
  });
});

describe('identify', () => {
  const answer = (inside: string) =>
    soap(undefined, `<w:IdentifyResponse xmlns:w="${NS.wsmid}">${inside}</w:IdentifyResponse>`);

  it('asks without addresses and reads what the service says of itself', async () => {
    const { client, seen } = fakeService(() =>
      answer(
        '<w:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</w:ProtocolVersion><w:ProductVendor>Openwsman\n Project</w:ProductVendor>',
      ),
    );
    expect(await client.identify()).toEqual({
      protocolVersion: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
      productVendor: 'Openwsman Project',
      productVersion: undefined,
    });
    expect([seen[0]?.content?.namespace, seen[0]?.content?.name]).toEqual([NS.wsmid, 'Identify']);
    expect(seen[0]?.header.children).toEqual([]);
  });

  it('refuses another answer', async () => {
    const { client } = fakeService(() => soap(undefined, '<x/>'));
    await expect(client.identify()).rejects.toMatchObject({ code: 'MALFORMED' });
  });
});

describe('a broken connection', () => {
  const error = (code: HttpErrorCode) => new HttpError(code, code);

  it.each<HttpErrorCode>(['REFUSED', 'UNREACHABLE', 'RESET', 'TRUNCATED', 'TLS_FAILED'])(
    '(%s) is tried again with a new message id where nothing changes',
    async (code) => {
      const { client, seen } = fakeService(({ messageId }, n) =>
        n < 2 ? error(code) : soap(messageId, '<x/>'),
      );
      expect((await client.get('urn:x', {})).className).toBe('x');
      expect(new Set(seen.map((one) => one.messageId)).size).toBe(3);
    },
  );

  it('is given up after two further attempts, with the error as it came', async () => {
    const last = error('RESET');
    const { client, seen } = fakeService((_seen, n) => (n === 2 ? last : error('RESET')));
    await expect(client.identify()).rejects.toBe(last);
    expect(seen).toHaveLength(3);
  });

  it.each<HttpErrorCode>([
    'NAME_NOT_FOUND',
    'TIMEOUT',
    'ABORTED',
    'CERTIFICATE_MISMATCH',
    'TOO_LARGE',
    'NOT_HTTP',
    'UNEXPECTED_REDIRECT',
  ])('is not what %s means', async (code) => {
    const { client, seen } = fakeService(() => error(code));
    await expect(client.identify()).rejects.toMatchObject({ name: 'HttpError', code });
    expect(seen).toHaveLength(1);
  });

  it('is never tried again by a method', async () => {
    const { client, seen } = fakeService(() => error('RESET'));
    await expect(client.invoke(CARD, 'SetAttributes', KEYS, {})).rejects.toMatchObject({ code: 'RESET' });
    expect(seen).toHaveLength(1);
  });

  it.each([401, 403, 500, 503])('is not what an answer with status %i means', async (status) => {
    const { client, seen } = fakeService(() => ({ status, body: '' }));
    await expect(client.identify()).rejects.toMatchObject({ details: { status } });
    expect(seen).toHaveLength(1);
  });

  it('is not tried again when the pause would outlast the deadline', async () => {
    const { client, seen } = fakeService(() => error('RESET'), { limits: { retryPauseMs: 60_000 } });
    await expect(client.identify({ deadlineMs: 50_000 })).rejects.toMatchObject({ code: 'RESET' });
    expect(seen).toHaveLength(1);
  });

  it('is not waited out when the caller gives up', async () => {
    const caller = new AbortController();
    const { client, seen } = fakeService(
      ({ request }) => {
        if (request.signal?.aborted) return error('ABORTED');
        caller.abort();
        return error('RESET');
      },
      { limits: { retryPauseMs: 1_000_000 } },
    );
    const call = client.identify({ signal: caller.signal, deadlineMs: 10_000_000 });
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' });
    expect(seen).toHaveLength(2);
  });
});

describe('a client', () => {
  it('hands deadline, signal and bounds to the HTTP client', async () => {
    const { signal } = new AbortController();
    const { client, seen } = fakeService(({ messageId }) => soap(messageId, '<x/>'), { path: '/other' });
    await client.get('urn:x', {}, { signal, deadlineMs: 5_000 });
    expect(seen[0]?.request).toMatchObject({ path: '/other', maxBodyBytes: 2 * 1024 * 1024, signal });
    expect(seen[0]?.request.deadlineMs).toBeGreaterThan(0);
    expect(seen[0]?.request.deadlineMs).toBeLessThanOrEqual(5_000);
  });

  it.each([
    ['no URL', '192.0.2.7', /must be a URL/],
    ['a URL with a password', 'https://root:calvin@192.0.2.7/wsman', /must not carry credentials/],
  ])('refuses an endpoint that is %s', (_what, endpoint, text) => {
    const http = { request: () => Promise.reject(new Error('unused')), async [Symbol.asyncDispose]() {} };
    expect(() => createWsmanClient(http, { endpoint })).toThrow(text);
    expect(() => createWsmanClient(http, { endpoint })).not.toThrow(/calvin/);
  });
});
