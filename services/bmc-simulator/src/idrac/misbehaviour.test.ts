import { describe, expect, it } from 'vitest';
import { manualClock } from '../testing.ts';
import { type IdracMisbehaviour, idracMisbehaviours, parseIdracMisbehaviour } from './misbehaviour.ts';
import { type SimulatedIdrac, startSimulatedIdrac } from './start-simulated-idrac.ts';
import {
  ask,
  cardSelectors,
  deepText,
  idsOf,
  invoke,
  lcSelectors,
  outcomes,
  patch,
  send,
  setVnc,
  soap,
} from './testing.ts';
import { classBase, ns } from './wsman/namespaces.ts';
import { element } from './wsman/write-xml.ts';

const clock = manualClock();
const root = '/redfish/v1';
const sessions = `${root}/SessionService/Sessions`;
const enable = { Enable: 'Enabled' };
const timeout = { 'VNCServer.1.Timeout': 600 };

const start = (words: readonly string[], misbehave: IdracMisbehaviour = parseIdracMisbehaviour(words)) =>
  startSimulatedIdrac({ name: 'node-01', stage: 'console', clock, misbehave, jobMs: 1000 });

const status = (idrac: SimulatedIdrac) =>
  invoke(idrac, ['DCIM_LCService', 'GetRemoteServicesAPIStatus', lcSelectors]);

const commit = (idrac: SimulatedIdrac) =>
  invoke(
    idrac,
    ['DCIM_iDRACCardService', 'CreateTargetedConfigJob', cardSelectors],
    [
      ['Target', 'iDRAC.Embedded.1'],
      ['ScheduledStartTime', 'TIME_NOW'],
    ],
  );

const logIn = (idrac: SimulatedIdrac) =>
  ask(idrac, {
    method: 'POST',
    path: sessions,
    body: JSON.stringify({ UserName: 'root', Password: 'calvin' }),
    as: null,
  });

const enumerate = (className: string) => {
  const resource = `${classBase}${className}`;
  const body = element('wsen:Enumerate', [
    element('wsman:OptimizeEnumeration', undefined),
    element('wsman:MaxElements', '5'),
  ]);
  return soap({ action: `${ns.enumeration}/Enumerate`, resource, body });
};

const pull = (context: string) => {
  const body = element('wsen:Pull', [
    element('wsen:EnumerationContext', context),
    element('wsman:MaxElements', '100'),
  ]);
  return soap({ action: `${ns.enumeration}/Pull`, resource: `${classBase}DCIM_LifecycleJob`, body });
};

const attributes = async (idrac: SimulatedIdrac, path = `${root}/Managers/iDRAC.Embedded.1/Attributes`) =>
  JSON.parse((await ask(idrac, { path })).text).Attributes as Record<string, unknown>;

const value = (idrac: SimulatedIdrac, name: string) => idrac.attributes.current(`VNCServer.1#${name}`);

/** What each row of the table does, by its name; words are given as a setting has them. */
const shown: Record<string, readonly [words: string[], show: (idrac: SimulatedIdrac) => Promise<void>]> = {
  slow: [
    ['slow=3000'],
    async (idrac) => {
      const asked = ask(idrac, { path: root });
      let answered = false;
      void asked.then(() => {
        answered = true;
      });
      await expect.poll(() => idrac.requests.length).toBe(1);
      expect(answered).toBe(false);
      clock.advance(3000);
      expect(await asked).toMatchObject({ status: 200 });
    },
  ],
  hang: [
    ['hang'],
    async (idrac) => {
      const asked = ask(idrac, { path: root });
      const ended = asked.then(
        () => 'answered',
        () => 'dropped',
      );
      await expect.poll(() => idrac.requests.length).toBe(1);
      idrac.dropClients();
      expect(await ended).toBe('dropped');
      expect(idrac.requests[0]?.status).toBeUndefined();
    },
  ],
  busy: [
    ['busy=2'],
    async (idrac) => {
      const answers = [];
      for (let count = 0; count < 3; count++) answers.push(await ask(idrac, { path: root }));
      expect(answers.map((one) => one.status)).toEqual([503, 503, 200]);
      expect(answers[0]?.headers['retry-after']).toBe('1');
      expect(idsOf(answers[0]?.text ?? '')).toEqual(['IDRAC.SYS518']);
    },
  ],
  'busy-fault': [
    ['busy-fault'],
    async (idrac) => {
      const answer = await send(idrac, enumerate('DCIM_SystemView'));
      expect(answer.status).toBe(500);
      expect(deepText(answer.body)).toContain('wsman:Concurrency');
    },
  ],
  truncated: [
    ['truncated'],
    async (idrac) => void (await expect(ask(idrac, { path: root })).rejects.toThrow()),
  ],
  dirty: [
    ['dirty'],
    async (idrac) => {
      const soiled = await ask(idrac, { method: 'POST', path: '/wsman', body: enumerate('DCIM_SystemView') });
      const json = await ask(idrac, { path: root });
      idrac.misbehave.dirty = false;
      const clean = await ask(idrac, { path: root });
      for (const { text } of [soiled, json]) expect(text).toContain('\x01\x0b\xff');
      expect(() => JSON.parse(json.text)).toThrow();
      expect(json.text.replace(/[^\x20-\x7e]/g, '')).toBe(clean.text);
    },
  ],
  huge: [
    ['huge'],
    async (idrac) => {
      const enough = new AbortController();
      const asked = ask(idrac, { path: root, signal: enough.signal });
      await expect.poll(() => idrac.requests[0]?.status).toBe(200);
      // It would go on for ever; whoever reads it has to stop by himself.
      enough.abort();
      await expect(asked).rejects.toThrow(/abort/);
    },
  ],
  'wrong-relates-to': [
    ['wrong-relates-to'],
    async (idrac) => {
      const { header } = await send(idrac, enumerate('DCIM_SystemView'));
      const relatesTo = header.children.find(({ name }) => name === 'RelatesTo')?.text;
      expect(relatesTo).toMatch(/^uuid:/);
      expect(relatesTo).not.toBe('uuid:1');
    },
  ],
  'endless-pull': [
    ['endless-pull'],
    async (idrac) => {
      const first = await send(idrac, enumerate('DCIM_LifecycleJob'));
      let context = deepText(first.body).split(' ')[0] ?? '';
      const seen = new Set([context]);
      for (let count = 0; count < 8; count++) {
        const answer = await send(idrac, pull(context));
        context = answer.body.children.find(({ name }) => name === 'EnumerationContext')?.text ?? '';
        expect(answer.body.children.map(({ name }) => name)).not.toContain('EndOfSequence');
        seen.add(context);
      }
      expect(seen.size).toBe(9);
    },
  ],
  'die-before-write': [
    ['die-before-write=2'],
    async (idrac) => {
      await setVnc(idrac, { Timeout: '60' });
      await expect(setVnc(idrac, { Timeout: '70' })).rejects.toThrow();
      expect(value(idrac, 'Timeout')).toBe('60');
      await patch(idrac, timeout);
      expect(value(idrac, 'Timeout')).toBe('600');
    },
  ],
  'die-after-write': [
    ['die-after-write=1'],
    async (idrac) => {
      await expect(patch(idrac, timeout)).rejects.toThrow();
      expect(value(idrac, 'Timeout')).toBe('600');
      expect(await setVnc(idrac, { Timeout: '70' })).toMatchObject({ ReturnValue: '0' });
    },
  ],
  lying: [
    ['lying'],
    async (idrac) => {
      expect(await setVnc(idrac, enable)).toMatchObject({ ReturnValue: '0', SetResult: 'Set CurrentValue' });
      expect(value(idrac, 'Enable')).toBe('Disabled');
      expect(outcomes(idrac.journal)).toEqual(['wsman ignored']);
    },
  ],
  partial: [
    ['partial'],
    async (idrac) => {
      expect(await setVnc(idrac, { Timeout: '600', Port: '1' })).toMatchObject({
        ReturnValue: '2',
        MessageID: 'RAC007',
      });
      expect(value(idrac, 'Timeout')).toBe('600');
    },
  ],
  echo: [
    ['echo'],
    async (idrac) => {
      expect(await setVnc(idrac, { Password: 'canary' })).toMatchObject({
        ReturnValue: '2',
        Message: expect.stringContaining('"canary"'),
      });
      expect(await patch(idrac, timeout)).toMatchObject({
        status: 400,
        text: expect.stringContaining('600'),
      });
      expect(idrac.journal).toEqual([]);
    },
  ],
  'pending-only': [
    ['pending-only'],
    async (idrac) => {
      expect(await setVnc(idrac, enable)).toMatchObject({ ReturnValue: '0', SetResult: 'Set PendingValue' });
      expect([value(idrac, 'Enable'), idrac.attributes.pending('VNCServer.1#Enable')]).toEqual([
        'Disabled',
        'Enabled',
      ]);
      const { status: code, headers } = await patch(idrac, timeout);
      expect(code).toBe(202);
      clock.advance(0);
      clock.advance(1000);
      const path = headers.location ?? '';
      await expect
        .poll(async () => JSON.parse((await ask(idrac, { path })).text).TaskState)
        .toBe('Completed');
      expect([value(idrac, 'Enable'), value(idrac, 'Timeout')]).toEqual(['Enabled', '600']);
    },
  ],
  'jobs-fail': [
    ['jobs-fail', 'pending-only'],
    async (idrac) => {
      await setVnc(idrac, enable);
      expect(await commit(idrac)).toMatchObject({ ReturnValue: '4096' });
      clock.advance(60_000);
      expect(idrac.jobs.map((job) => job.status)).toEqual(['Failed']);
      expect(value(idrac, 'Enable')).toBe('Disabled');
    },
  ],
  'jobs-hang': [
    ['jobs-hang', 'pending-only'],
    async (idrac) => {
      await setVnc(idrac, enable);
      await commit(idrac);
      clock.advance(3_600_000);
      expect(idrac.jobs.map((job) => job.status)).toEqual(['Running']);
    },
  ],
  'job-queue-full': [
    ['job-queue-full', 'pending-only'],
    async (idrac) => {
      await setVnc(idrac, enable);
      expect(await commit(idrac)).toMatchObject({
        ReturnValue: '2',
        Message: expect.stringMatching(/queue is full/),
      });
      expect((await patch(idrac, timeout)).status).toBe(503);
    },
  ],
  lockdown: [
    ['lockdown'],
    async (idrac) => {
      expect(await setVnc(idrac, enable)).toMatchObject({
        ReturnValue: '2',
        Message: expect.stringMatching(/lockdown/),
      });
      expect(await patch(idrac, timeout)).toMatchObject({
        status: 403,
        text: expect.stringMatching(/lockdown/),
      });
      expect(await attributes(idrac)).toMatchObject({ 'Lockdown.1.SystemLockdown': 'Enabled' });
      expect(idrac.journal).toEqual([]);
    },
  ],
  recovery: [
    ['recovery'],
    async (idrac) => {
      expect(await status(idrac)).toMatchObject({ LCStatus: '4', MessageID: 'LC060' });
      expect(await setVnc(idrac, enable)).toMatchObject({ ReturnValue: '2', MessageID: 'LC060' });
    },
  ],
  'not-ready': [
    ['not-ready=30'],
    async (idrac) => {
      expect(await status(idrac)).toMatchObject({ LCStatus: '5', MessageID: 'LC060' });
      expect(await patch(idrac, timeout)).toMatchObject({ status: 400, ids: ['IDRAC.SWC0700'] });
      clock.advance(30_000);
      expect(await status(idrac)).toMatchObject({ LCStatus: '0', MessageID: 'LC061' });
      expect(await patch(idrac, timeout)).toMatchObject({ status: 200 });
    },
  ],
  'no-licence': [
    ['no-licence'],
    async (idrac) => {
      expect(Object.keys(await attributes(idrac)).filter((name) => name.startsWith('VNCServer'))).toEqual([]);
      expect(await setVnc(idrac, enable)).toMatchObject({ ReturnValue: '2', MessageID: 'RAC004' });
    },
  ],
  renamed: [
    ['renamed=VNCServer.1#Timeout/IdleTimeout'],
    async (idrac) => {
      expect(await attributes(idrac)).toMatchObject({ 'VNCServer.1.IdleTimeout': 300 });
      expect(await patch(idrac, timeout)).toMatchObject({ status: 400, ids: ['Base.PropertyUnknown'] });
    },
  ],
  lockout: [
    ['lockout=2/10/30'],
    async (idrac) => {
      const statusAs = async (as: string) => (await ask(idrac, { path: `${root}/Systems`, as })).status;
      expect([await statusAs('root:a'), await statusAs('root:b'), await statusAs('root:calvin')]).toEqual([
        401, 401, 401,
      ]);
      // The other face counts for itself.
      expect(await status(idrac)).toMatchObject({ LCStatus: '0' });
      clock.advance(30_000);
      expect(await statusAs('root:calvin')).toBe(200);
    },
  ],
  'block-drops': [
    ['block-drops', 'lockout=1/10/30'],
    async (idrac) => {
      const path = `${root}/Systems`;
      expect((await ask(idrac, { path, as: 'root:wrong' })).status).toBe(401);
      await expect(ask(idrac, { path })).rejects.toThrow();
      await expect(logIn(idrac)).rejects.toThrow();
    },
  ],
  'no-wsman': [
    ['no-wsman'],
    async (idrac) => {
      expect((await ask(idrac, { method: 'POST', path: '/wsman', body: '' })).status).toBe(404);
      expect((await ask(idrac, { path: root })).status).toBe(200);
    },
  ],
  'wsman-html': [
    ['wsman-html'],
    async (idrac) => {
      const reply = await ask(idrac, { method: 'POST', path: '/wsman', body: enumerate('DCIM_SystemView') });
      expect(reply).toMatchObject({ status: 200, text: expect.stringMatching(/^<!DOCTYPE html>/) });
    },
  ],
  'no-redfish': [
    ['no-redfish'],
    async (idrac) => {
      expect((await ask(idrac, { path: root })).status).toBe(404);
      expect(await status(idrac)).toMatchObject({ LCStatus: '0' });
    },
  ],
  'no-sessions': [
    ['no-sessions'],
    async (idrac) => {
      expect(JSON.parse((await ask(idrac, { path: root })).text)).not.toHaveProperty('SessionService');
      for (const login of [{}, { as: null }]) {
        expect((await ask(idrac, { path: `${root}/SessionService`, ...login })).status).toBe(404);
        expect(
          (await ask(idrac, { path: `${root}/SessionService/Sessions`, method: 'POST', ...login })).status,
        ).toBe(404);
      }
      expect((await ask(idrac, { path: `${root}/Systems` })).status).toBe(200);
    },
  ],
  'no-basic': [
    ['no-basic'],
    async (idrac) => {
      expect((await ask(idrac, { path: `${root}/Systems` })).status).toBe(401);
      const { headers } = await logIn(idrac);
      const token = { 'x-auth-token': String(headers['x-auth-token']) };
      expect((await ask(idrac, { path: `${root}/Systems`, as: null, headers: token })).status).toBe(200);
    },
  ],
  'redfish-sessions': [
    ['redfish-sessions=1'],
    async (idrac) => {
      expect((await logIn(idrac)).status).toBe(201);
      const refused = await logIn(idrac);
      expect([refused.status, idsOf(refused.text)]).toEqual([503, ['Base.SessionLimitExceeded']]);
      idrac.endSessions();
      expect((await logIn(idrac)).status).toBe(201);
    },
  ],
  'session-timeout': [
    ['session-timeout=60'],
    async (idrac) => {
      const { headers } = await logIn(idrac);
      const token = { 'x-auth-token': String(headers['x-auth-token']) };
      const use = async () =>
        (await ask(idrac, { path: `${root}/Systems`, as: null, headers: token })).status;
      clock.advance(59_000);
      expect(await use()).toBe(200);
      clock.advance(59_000);
      expect(await use()).toBe(200);
      clock.advance(60_000);
      expect(await use()).toBe(401);
    },
  ],
  'attributes-path': [
    ['attributes-path=newer'],
    async (idrac) => {
      const newer = `${root}/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1`;
      expect((await patch(idrac, timeout)).status).toBe(404);
      expect((await patch(idrac, timeout, { path: newer })).status).toBe(200);
      idrac.misbehave.attributesPath = 'older';
      expect((await patch(idrac, timeout, { path: newer })).status).toBe(404);
      expect((await patch(idrac, timeout)).status).toBe(200);
    },
  ],
  'bit-length-as-number': [
    ['bit-length-as-number'],
    async (idrac) => {
      const name = 'VNCServer.1.SSLEncryptionBitLength';
      expect(await attributes(idrac)).toMatchObject({ [name]: 0 });
      expect(await patch(idrac, { [name]: 'Disabled' })).toMatchObject({
        status: 400,
        ids: ['Base.PropertyValueTypeError'],
      });
      expect((await patch(idrac, { [name]: 4 })).status).toBe(200);
      expect(value(idrac, 'SSLEncryptionBitLength')).toBe('256-Bit or higher');
    },
  ],
  'numbers-as-strings': [
    ['numbers-as-strings'],
    async (idrac) => {
      expect(await attributes(idrac)).toMatchObject({ 'VNCServer.1.Timeout': '300' });
      expect(await patch(idrac, timeout)).toMatchObject({
        status: 400,
        ids: ['Base.PropertyValueTypeError'],
      });
      expect((await patch(idrac, { 'VNCServer.1.Timeout': '600' })).status).toBe(200);
    },
  ],
};

describe('misbehaviour of a simulated iDRAC', () => {
  it.each(idracMisbehaviours)('$name: $doc', async ({ name }) => {
    const [words, show] = shown[name] ?? [];
    if (!words || !show) throw new Error(`nothing shows what ${name} does`);
    await using idrac = await start(words);
    await show(idrac);
  });

  it('is none when none is asked for: every way to write works', async () => {
    await using idrac = await start([]);
    expect(await setVnc(idrac, { Timeout: '60' })).toMatchObject({
      ReturnValue: '0',
      SetResult: 'Set CurrentValue',
    });
    expect(await patch(idrac, timeout)).toMatchObject({ status: 200, ids: ['Base.Success', 'IDRAC.SYS413'] });
    expect(outcomes(idrac.journal)).toEqual(['wsman applied', 'redfish applied']);
  });

  it.each([
    'slow',
    'slow=soon',
    'hang=yes',
    'lockout=3',
    'lockout=0/1/1',
    'renamed=Timeout',
    'attributes-path=odd',
  ])('says how "%s" should be written', (word) => {
    expect(() => parseIdracMisbehaviour([word])).toThrow(/should be written/);
  });
});
