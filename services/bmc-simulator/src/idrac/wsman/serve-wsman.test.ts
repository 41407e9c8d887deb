import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../testing.ts';
import { type SimulatedIdrac, startSimulatedIdrac } from '../start-simulated-idrac.ts';
import { ask, cardSelectors, deepText, invoke, jobSelectors, send, setVnc, soap } from '../testing.ts';
import { classBase, dialects, ns } from './namespaces.ts';
import type { XmlElement } from './read-xml.ts';
import { element, type Xml } from './write-xml.ts';

const clock = manualClock();
const users = [
  { name: 'root', password: 'calvin', privilege: 'administrator' },
  { name: 'op', password: 'op', privilege: 'operator' },
  { name: 'look', password: 'look', privilege: 'readonly' },
] as const;

let idrac: SimulatedIdrac;
beforeAll(async () => {
  idrac = await startSimulatedIdrac({ name: 'node-01', stage: 'console', clock, users, jobMs: 1000 });
});
afterAll(() => idrac[Symbol.asyncDispose]());

const integers = `${classBase}DCIM_iDRACCardInteger`;

const filter = (query: string, dialect: string = dialects.cql) =>
  element('wsman:Filter', query, { Dialect: dialect });

const enumerate = (resource: string, children: readonly Xml[]) =>
  send(
    idrac,
    soap({ action: `${ns.enumeration}/Enumerate`, resource, body: element('wsen:Enumerate', children) }),
  );

const optimised = (max: number) => [
  element('wsman:OptimizeEnumeration', undefined),
  element('wsman:MaxElements', String(max)),
];

const pull = (context: string, max: number) =>
  send(
    idrac,
    soap({
      action: `${ns.enumeration}/Pull`,
      resource: integers,
      body: element('wsen:Pull', [
        element('wsen:EnumerationContext', context),
        element('wsman:MaxElements', String(max)),
      ]),
    }),
  );

const named = (from: XmlElement, name: string) => from.children.find((one) => one.name === name);
const idsIn = (items: XmlElement | undefined) =>
  (items?.children ?? []).map((one) => named(one, 'InstanceID')?.text ?? '');

/** Status and subcode of the fault that a request is answered with. */
const faultOf = async (text: string, as?: string) => {
  const answer = await send(idrac, text, as);
  expect(answer.body.name).toBe('Fault');
  return [answer.status, /(?:wsa|wsen|wsman):\w+/.exec(deepText(answer.body))?.[0]];
};

describe('WS-MAN of a simulated iDRAC', () => {
  it('identifies itself to whoever is logged in, without the headers of addressing', async () => {
    const body = element('wsmid:Identify', undefined, { 'xmlns:wsmid': ns.identity });
    const text = `<s:Envelope xmlns:s="${ns.soap}"><s:Header/><s:Body>${body.xml}</s:Body></s:Envelope>`;
    const answer = await send(idrac, text);
    expect(answer.body.name).toBe('IdentifyResponse');
    expect(deepText(answer.body)).toBe(`${ns.wsman} Openwsman Project 2.2.4`);
    const refused = await ask(idrac, { method: 'POST', path: '/wsman', body: text, as: null });
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Basic realm="OPENWSMAN"']);
  });

  it('enumerates in pieces: wsman:Items first, wsen:Items in pulls, each instance once', async () => {
    const first = await enumerate(integers, optimised(10));
    const items = named(first.body, 'Items');
    expect(items?.namespace).toBe(ns.wsman);
    const seen = idsIn(items);
    let context = named(first.body, 'EnumerationContext')?.text;
    let pulls = 0;
    while (context) {
      const answer = await pull(context, 10);
      expect(named(answer.body, 'Items')?.namespace).toBe(ns.enumeration);
      seen.push(...idsIn(named(answer.body, 'Items')));
      context = named(answer.body, 'EnumerationContext')?.text;
      if (!context) expect(named(answer.body, 'EndOfSequence')).toBeDefined();
      pulls++;
    }
    const all = idrac.attributes.definitions.filter(({ kind }) => kind.type === 'integer');
    expect(seen).toEqual(all.map(({ group, name }) => `iDRAC.Embedded.1#${group}#${name}`));
    expect(pulls).toBe(Math.ceil(all.length / 10) - 1);
  });

  it('answers a context only when it is not asked to optimise, and each context once', async () => {
    const first = await enumerate(integers, []);
    expect(first.body.children.map(({ name }) => name)).toEqual(['EnumerationContext']);
    const context = first.body.children[0]?.text ?? '';
    expect(idsIn(named((await pull(context, 3)).body, 'Items'))).toHaveLength(3);
    expect((await pull(context, 3)).body.name).toBe('Fault');
  });

  it('forgets a context that was left for a minute', async () => {
    const first = await enumerate(integers, optimised(1));
    clock.advance(60_000);
    const answer = await pull(named(first.body, 'EnumerationContext')?.text ?? '', 1);
    expect(deepText(answer.body)).toContain('wsen:InvalidEnumerationContext');
  });

  it.each([
    ['select * from DCIM_iDRACCardInteger where GroupID="VNCServer.1"', 4],
    ["select * from DCIM_iDRACCardInteger where GroupID = 'VNCServer.1' and AttributeName != 'Port'", 3],
    [
      'SELECT CurrentValue FROM DCIM_iDRACCardInteger WHERE InstanceID="iDRAC.Embedded.1#VNCServer.1#Port"',
      1,
    ],
    ['select * from DCIM_iDRACCardInteger where GroupID="vncserver.1"', 0],
  ])('answers what a filter lets through: %s', async (query, count) => {
    for (const dialect of Object.values(dialects)) {
      const answer = await enumerate(integers, [filter(query, dialect), ...optimised(50)]);
      expect(idsIn(named(answer.body, 'Items'))).toHaveLength(count);
    }
  });

  it('gets one instance by its selectors', async () => {
    const selectors = { InstanceID: 'iDRAC.Embedded.1#VNCServer.1#Timeout', __cimnamespace: 'root/dcim' };
    const { body } = await send(idrac, soap({ action: `${ns.transfer}/Get`, resource: integers, selectors }));
    expect([body.namespace, body.name]).toEqual([integers, 'DCIM_iDRACCardInteger']);
    const text = (name: string) => named(body, name)?.text;
    expect([text('LowerBound'), text('UpperBound'), text('CurrentValue')]).toEqual(['60', '10800', '300']);
    expect(named(body, 'PendingValue')?.attributes.get('xsi:nil')).toBe('true');
  });

  it.each([
    ['an unknown class', { resource: `${classBase}DCIM_Nothing` }, [400, 'wsa:DestinationUnreachable']],
    ['an unknown method', { action: `${integers}/SetAttributes` }, [400, 'wsa:ActionNotSupported']],
    ['an unknown action', { action: `${ns.transfer}/Delete` }, [400, 'wsa:ActionNotSupported']],
    ['missing selectors', { action: `${ns.transfer}/Get` }, [400, 'wsman:InvalidSelectors']],
    [
      'selectors of no instance',
      { action: `${ns.transfer}/Get`, selectors: { InstanceID: 'iDRAC.Embedded.1#VNCServer.1#Prot' } },
      [400, 'wsman:InvalidSelectors'],
    ],
    [
      'selectors that are no keys of the class',
      {
        action: `${ns.transfer}/Get`,
        selectors: { InstanceID: 'iDRAC.Embedded.1#VNCServer.1#Port', AttributeName: 'Port' },
      },
      [400, 'wsman:InvalidSelectors'],
    ],
    [
      'another dialect',
      { body: element('wsen:Enumerate', filter('select * from DCIM_iDRACCardInteger', 'urn:sql')) },
      [400, 'wsen:FilterDialectRequestedUnavailable'],
    ],
    [
      'a filter about another class',
      { body: element('wsen:Enumerate', filter('select * from DCIM_iDRACCardString')) },
      [400, 'wsen:CannotProcessFilter'],
    ],
    [
      'a filter that is none',
      { body: element('wsen:Enumerate', filter('select * from DCIM_iDRACCardInteger where Port > 3')) },
      [400, 'wsen:CannotProcessFilter'],
    ],
  ])('faults %s', async (_what, request, fault) => {
    expect(
      await faultOf(soap({ action: `${ns.enumeration}/Enumerate`, resource: integers, ...request })),
    ).toEqual(fault);
  });

  it.each([
    ['no XML', 'hello'],
    ['XML that ends too early', '<s:Envelope'],
    ['a document type', `<!DOCTYPE a [<!ENTITY b "c">]><s:Envelope xmlns:s="${ns.soap}"/>`],
    ['another document', '<html/>'],
    ['a prefix that nobody declared', '<s:Envelope/>'],
    ['depth', `<s:Envelope xmlns:s="${ns.soap}">${'<a>'.repeat(50)}${'</a>'.repeat(50)}</s:Envelope>`],
  ])('faults %s', async (_what, text) => {
    expect(await faultOf(text)).toEqual([400, 'wsman:SchemaValidationError']);
  });

  it('faults an envelope without the headers of addressing', async () => {
    const text = `<s:Envelope xmlns:s="${ns.soap}"><s:Header/><s:Body/></s:Envelope>`;
    expect(await faultOf(text)).toEqual([400, 'wsa:MessageInformationHeaderRequired']);
  });

  it.each([
    [
      [
        ['AttributeName', 'VNCServer.1#Enable'],
        ['AttributeValue', 'Enabled'],
      ],
      'RAC003',
    ],
    [
      [
        ['Target', 'iDRAC.Embedded.2'],
        ['AttributeName', 'VNCServer.1#Enable'],
        ['AttributeValue', 'Enabled'],
      ],
      'RAC004',
    ],
    [
      [
        ['Target', 'iDRAC.Embedded.1'],
        ['AttributeName', 'VNCServer.1#Enable'],
      ],
      'RAC003',
    ],
    [
      [
        ['Target', 'iDRAC.Embedded.1'],
        ['AttributeName', 'VNCServer.1#Enable'],
        ['AttributeName', 'VNCServer.1#Port'],
        ['AttributeValue', '1'],
      ],
      'RAC005',
    ],
  ] as [[string, string][], string][])(
    'refuses SetAttributes of %j with %s',
    async (parameters, messageId) => {
      const said = await invoke(idrac, ['DCIM_iDRACCardService', 'SetAttributes', cardSelectors], parameters);
      expect(said).toMatchObject({ status: '200', ReturnValue: '2', MessageID: messageId });
    },
  );

  it('takes a value as it is, with markup and blanks', async () => {
    await setVnc(idrac, { Password: ' <&>"\' ' });
    expect(idrac.attributes.current('VNCServer.1#Password')).toBe(' <&>"\' ');
  });

  it('sets and applies in one go by ApplyAttributes, as a job', async () => {
    const said = await setVnc(idrac, { Timeout: '700' }, { method: 'ApplyAttributes' });
    expect(said).toMatchObject({ ReturnValue: '4096', Job: expect.stringMatching(/JID_\d{12}/) });
    expect(idrac.attributes.current('VNCServer.1#Timeout')).not.toBe('700');
    clock.advance(0);
    clock.advance(1000);
    await expect.poll(() => idrac.attributes.current('VNCServer.1#Timeout')).toBe('700');
    const clear = ['DCIM_JobService', 'DeleteJobQueue', jobSelectors] as const;
    expect(await invoke(idrac, clear, [['JobID', 'JID_CLEARALL']])).toMatchObject({ MessageID: 'SUP020' });
    expect(idrac.jobs).toEqual([]);
  });

  it('creates no job when nothing is pending, and none beside one that has not ended', async () => {
    const create = () =>
      invoke(
        idrac,
        ['DCIM_iDRACCardService', 'CreateTargetedConfigJob', cardSelectors],
        [['Target', 'iDRAC.Embedded.1']],
      );
    expect(await create()).toMatchObject({
      ReturnValue: '2',
      Message: expect.stringMatching(/No pending data/),
    });
    expect(await setVnc(idrac, { Timeout: '800' }, { method: 'ApplyAttributes' })).toMatchObject({
      ReturnValue: '4096',
    });
    expect(await create()).toMatchObject({
      ReturnValue: '2',
      Message: expect.stringMatching(/already created/),
    });
    clock.advance(0);
    clock.advance(1000);
    await expect.poll(() => idrac.attributes.pendingNames).toEqual([]);
  });

  it('lets readonly look and nothing else, and an operator do all but reset the card', async () => {
    const resource = `${classBase}DCIM_iDRACCardService`;
    const call = (method: string, parameters: Xml[]) =>
      soap({
        action: `${resource}/${method}`,
        resource,
        selectors: cardSelectors,
        body: element(`n1:${method}_INPUT`, parameters),
      });
    const target = element('n1:Target', 'iDRAC.Embedded.1');
    const set = call('SetAttributes', [
      target,
      element('n1:AttributeName', 'VNCServer.1#Timeout'),
      element('n1:AttributeValue', '900'),
    ]);
    const denied = [403, 'wsman:AccessDenied'];
    const before = idrac.attributes.current('VNCServer.1#Timeout');
    expect(await faultOf(set, 'look:look')).toEqual(denied);
    expect(await faultOf(call('CreateTargetedConfigJob', [target]), 'look:look')).toEqual(denied);
    expect(idrac.attributes.current('VNCServer.1#Timeout')).toBe(before);
    expect(
      (await send(idrac, soap({ action: `${ns.enumeration}/Enumerate`, resource: integers }), 'look:look'))
        .status,
    ).toBe(200);
    expect(await setVnc(idrac, { Timeout: '900' }, { as: 'op:op' })).toMatchObject({ ReturnValue: '0' });
    expect(await faultOf(call('iDRACReset', []), 'op:op')).toEqual(denied);
    expect(idrac.journal.at(-1)).toMatchObject({ who: 'op' });
  });

  it('refuses a body that is too long', async () => {
    const reply = await ask(idrac, { method: 'POST', path: '/wsman', body: ' '.repeat(1024 * 1024 + 1) });
    expect(reply.status).toBe(413);
  });
});
