import { HttpError } from '@consolemesh/http';
import { describe, expect, it } from 'vitest';
import { NS } from './namespaces.ts';
import { fakeService, type Seen, soap } from './testing/fake-service.ts';
import { attributeOf, childOf } from './xml-element.ts';

const CLASS = 'http://schemas.dell.com/wbem/wscim/1/cim-schema/2/DCIM_iDRACCardString';

const item = (id: string) =>
  `<n1:DCIM_iDRACCardString xmlns:n1="${CLASS}"><n1:InstanceID>${id}</n1:InstanceID></n1:DCIM_iDRACCardString>`;

const first = (seen: Seen, inside: string) =>
  soap(seen.messageId, `<e:EnumerateResponse>${inside}</e:EnumerateResponse>`);
const next = (seen: Seen, inside: string) =>
  soap(seen.messageId, `<e:PullResponse>${inside}</e:PullResponse>`);
const context = (text: string) => `<e:EnumerationContext>${text}</e:EnumerationContext>`;

describe('enumerating', () => {
  it('asks for an optimised enumeration, the filter first', async () => {
    const service = fakeService((seen) => first(seen, '<m:Items/><m:EndOfSequence/>'));
    await service.client.enumerate(CLASS, { filter: { dialect: 'wql', query: "select * where a < 'b'" } });
    const { header, content, request } = service.seen[0]!;
    expect(request).toMatchObject({ method: 'POST', path: '/wsman' });
    expect(request.headers).toEqual({ 'content-type': 'application/soap+xml;charset=UTF-8' });
    expect(childOf(header, NS.wsa, 'Action')?.text).toBe(`${NS.wsen}/Enumerate`);
    expect(content?.children.map((one) => [one.namespace, one.name, one.text])).toEqual([
      [NS.wsman, 'Filter', "select * where a < 'b'"],
      [NS.wsman, 'OptimizeEnumeration', ''],
      [NS.wsman, 'MaxElements', '100'],
    ]);
    expect(content?.children[0]?.attributes[0]?.value).toBe('http://schemas.microsoft.com/wbem/wsman/1/WQL');
  });

  it('names the class, the service and the message, and demands that they be understood', async () => {
    const service = fakeService((seen) => first(seen, '<m:Items/>'));
    await service.client.enumerate(CLASS);
    const { header } = service.seen[0]!;
    expect(header.children.map((one) => one.name)).toEqual([
      'To',
      'ResourceURI',
      'MessageID',
      'ReplyTo',
      'Action',
    ]);
    expect(header.children.map((one) => attributeOf(one, NS.s, 'mustUnderstand'))).toEqual([
      'true',
      'true',
      'true',
      undefined,
      'true',
    ]);
    expect(childOf(header, NS.wsa, 'To')?.text).toBe('https://192.0.2.7:443/wsman');
    expect(childOf(header, NS.wsman, 'ResourceURI')?.text).toBe(CLASS);
    expect(childOf(header, NS.wsa, 'MessageID')?.text).toMatch(/^uuid:[0-9a-f-]{36}$/);
  });

  it('pulls what the first answer left, in order, each time with the newest context', async () => {
    const contexts: unknown[] = [];
    const service = fakeService((seen, n) => {
      contexts.push(childOf(seen.content, NS.wsen, 'EnumerationContext')?.text);
      if (n === 0) return first(seen, `${context('one')}<m:Items>${item('a')}${item('b')}</m:Items>`);
      if (n === 1) return next(seen, `${context('t&lt;w&gt;o')}<e:Items>${item('c')}</e:Items>`);
      return next(seen, `<e:Items>${item('d')}</e:Items><e:EndOfSequence/>`);
    });
    const found = await service.client.enumerate(CLASS);
    expect(found.map((one) => one.text('InstanceID'))).toEqual(['a', 'b', 'c', 'd']);
    expect(contexts).toEqual([undefined, 'one', 't<w>o']);
  });

  it('ends at EndOfSequence even when a context comes with it', async () => {
    const service = fakeService((seen) =>
      first(seen, `<m:Items>${item('a')}</m:Items>${context('more')}<m:EndOfSequence/>`),
    );
    expect(await service.client.enumerate(CLASS)).toHaveLength(1);
    expect(service.seen).toHaveLength(1);
  });

  it('finds nothing where there is nothing', async () => {
    const service = fakeService((seen) => first(seen, `<m:Items/>${context('')}<m:EndOfSequence/>`));
    expect(await service.client.enumerate(CLASS)).toEqual([]);
  });

  it.each([
    ['with the same context', () => 'same'],
    ['with a new context each time', (n: number) => `context-${n}`],
  ])('gives up when pulls bring nothing %s', async (_what, name) => {
    const service = fakeService((seen, n) =>
      n === 0 ? first(seen, context(name(n))) : next(seen, `<e:Items/>${context(name(n))}`),
    );
    await expect(service.client.enumerate(CLASS)).rejects.toMatchObject({ code: 'ENDLESS' });
    expect(service.seen.length).toBeLessThan(10);
  });

  it('lets a slow service answer with nothing now and then', async () => {
    const service = fakeService((seen, n) => {
      if (n === 0) return first(seen, context('x'));
      if (n < 5) return next(seen, context('x'));
      return next(seen, `<e:Items>${item('late')}</e:Items><e:EndOfSequence/>`);
    });
    expect((await service.client.enumerate(CLASS)).map((one) => one.text('InstanceID'))).toEqual(['late']);
  });

  it.each([
    ['pulls', { pulls: 7 }, 8],
    ['instances', { instances: 7 }, 8],
  ])('gives up when instances never end, by the number of %s', async (_what, limits, requests) => {
    const service = fakeService(
      (seen, n) => (n === 0 ? first : next)(seen, `<e:Items>${item(String(n))}</e:Items>${context('x')}`),
      { limits: { retryPauseMs: 0, ...limits } },
    );
    await expect(service.client.enumerate(CLASS)).rejects.toMatchObject({ code: 'ENDLESS' });
    expect(service.seen).toHaveLength(requests);
  });

  it('bounds the bytes of all answers together', async () => {
    const service = fakeService(
      (seen, n) => (n === 0 ? first : next)(seen, `<e:Items>${item('x')}</e:Items>${context('x')}`),
      { limits: { enumerationBytes: 5_000 } },
    );
    await expect(service.client.enumerate(CLASS)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('never pulls the same instances twice, but enumerates again', async () => {
    const reset = new HttpError('RESET', 'reset');
    const service = fakeService((seen, n) => {
      if (n === 0) return reset;
      return n === 1 ? first(seen, context('x')) : reset;
    });
    await expect(service.client.enumerate(CLASS)).rejects.toBe(reset);
    expect(service.seen.map((one) => one.content?.name)).toEqual(['Enumerate', 'Enumerate', 'Pull']);
  });

  it('tells answers of other kinds', async () => {
    const service = fakeService((seen) => soap(seen.messageId, '<e:PullResponse/>'));
    await expect(service.client.enumerate(CLASS)).rejects.toMatchObject({ code: 'MALFORMED' });
  });
});
