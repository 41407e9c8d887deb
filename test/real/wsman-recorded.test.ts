import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpClient } from '@consolemesh/http';
import {
  childOf,
  createWsmanClient,
  type Instance,
  NS,
  parseXml,
  type WsmanClient,
} from '@consolemesh/wsman';
import { describe, expect, it } from 'vitest';
import { dracclientFolder } from '../system-packages.mjs';

const DELL = 'http://schemas.dell.com/wbem/wscim/1/cim-schema/2/';

/** What iDRACs answered, as python-dracclient keeps it for its own tests. */
const recordings = (() => {
  const folder = dracclientFolder();
  if (folder === undefined) throw new Error('python-dracclient is not there: `npm test` brings it');
  return join(folder, 'dracclient/tests/wsman_mocks');
})();

function recorded(name: string): string {
  return readFileSync(join(recordings, `${name}.xml`), 'utf8');
}

/** A client of an iDRAC that gives these answers, one after the other, to whatever it is asked. */
function replay(...names: readonly string[]): { client: WsmanClient; asked: string[] } {
  const asked: string[] = [];
  const http: HttpClient = {
    async request({ body }) {
      asked.push(String(body));
      const id = childOf(childOf(parseXml(String(body)), NS.s, 'Header'), NS.wsa, 'MessageID')?.text;
      const answer = recorded(names[asked.length - 1]!);
      const related = answer.replace(/(<wsa:RelatesTo>)[^<\s]*/, `$1${id}`);
      expect(related).not.toBe(answer);
      return { status: 200, headers: {}, body: Buffer.from(related) };
    },
    async [Symbol.asyncDispose]() {},
  };
  return { client: createWsmanClient(http, { endpoint: 'https://192.0.2.7:443/wsman' }), asked };
}

async function enumerated(name: string, resource: string): Promise<readonly Instance[]> {
  const { client, asked } = replay(name);
  const instances = await client.enumerate(DELL + resource);
  expect(asked).toHaveLength(1);
  return instances;
}

/** The properties of one attribute of an iDRAC's VNC server that a driver reads. */
async function vncAttribute(name: string, kind: 'Enumeration' | 'Integer' | 'String') {
  const all = await enumerated(`idraccard_${kind.toLowerCase()}-enum-ok`, `DCIM_iDRACCard${kind}`);
  const one = all.find((each) => each.text('InstanceID') === `iDRAC.Embedded.1#VNCServer.1#${name}`)!;
  expect(one.className).toBe(`DCIM_iDRACCard${kind}`);
  return Object.fromEntries(
    ['AttributeName', 'GroupID', 'CurrentValue', 'PendingValue', 'DefaultValue', 'IsReadOnly'].map((each) => [
      each,
      one.text(each),
    ]),
  );
}

function invoked(name: string, resource: string, method: string): Promise<Instance> {
  return replay(name).client.invoke(DELL + resource, method, { Name: 'x' }, {});
}

describe('recorded answers of iDRACs', () => {
  it('are all read, each as one envelope', () => {
    const names = readdirSync(recordings).filter((name) => name.endsWith('.xml'));
    expect(names.length).toBeGreaterThan(80);
    for (const name of names) {
      const envelope = parseXml(readFileSync(join(recordings, name), 'utf8'));
      expect([envelope.namespace, envelope.name], name).toEqual([NS.s, 'Envelope']);
      expect(childOf(envelope, NS.s, 'Body')?.children, name).toHaveLength(1);
    }
  });

  it.each([
    ['idraccard_enumeration-enum-ok', 'DCIM_iDRACCardEnumeration'],
    ['idraccard_integer-enum-ok', 'DCIM_iDRACCardInteger'],
    ['idraccard_string-enum-ok', 'DCIM_iDRACCardString'],
    ['lifecycle_job-enum-ok', 'DCIM_LifecycleJob'],
    ['lc_enumeration-enum-ok', 'DCIM_LCEnumeration'],
    ['lc_string-enum-ok', 'DCIM_LCString'],
    ['bios_enumeration-enum-ok', 'DCIM_BIOSEnumeration'],
  ])('%s: every instance, each with an id of its own', async (name, resource) => {
    const instances = await enumerated(name, resource);
    // Counted in the text, not by this parser.
    expect(instances.length).toBe(recorded(name).split(`</n1:${resource}>`).length - 1);
    expect(instances.length).toBeGreaterThan(2);
    expect(new Set(instances.map((one) => one.text('InstanceID'))).size).toBe(instances.length);
  });

  it('have the VNC server of an iDRAC that nobody has touched', async () => {
    const same = { GroupID: 'VNCServer.1', PendingValue: undefined, IsReadOnly: 'false' };
    const off = { CurrentValue: 'Disabled', DefaultValue: 'Disabled' };
    expect(await vncAttribute('Enable', 'Enumeration')).toEqual({ ...same, ...off, AttributeName: 'Enable' });
    expect(await vncAttribute('SSLEncryptionBitLength', 'Enumeration')).toMatchObject({ ...same, ...off });
    expect(await vncAttribute('LowerEncryptionBitLength', 'Enumeration')).toMatchObject({ ...same, ...off });
    expect(await vncAttribute('Port', 'Integer')).toMatchObject({ ...same, CurrentValue: '5901' });
    expect(await vncAttribute('Timeout', 'Integer')).toMatchObject({ ...same, CurrentValue: '300' });
    expect(await vncAttribute('Password', 'String')).toMatchObject({ ...same, AttributeName: 'Password' });
  });

  it('list every possible value, and bounds', async () => {
    const choices = await enumerated('idraccard_enumeration-enum-ok', 'DCIM_iDRACCardEnumeration');
    const numbers = await enumerated('idraccard_integer-enum-ok', 'DCIM_iDRACCardInteger');
    const find = (from: readonly Instance[], name: string) =>
      from.find((one) => one.text('InstanceID') === `iDRAC.Embedded.1#VNCServer.1#${name}`);
    expect(find(choices, 'SSLEncryptionBitLength')?.all('PossibleValues')).toEqual([
      'Disabled',
      'Auto Negotiate',
      '128-Bit or higher',
      '168-Bit or higher',
      '256-Bit or higher',
    ]);
    const bounds = (name: string) =>
      ['LowerBound', 'UpperBound'].map((one) => find(numbers, name)?.text(one));
    expect(bounds('Port')).toEqual(['1024', '65535']);
    expect(bounds('Timeout')).toEqual(['60', '10800']);
  });

  it('tell what is nil from what is there', async () => {
    const [lower] = await enumerated('idraccard_integer-enum-nil-lower-bound', 'DCIM_iDRACCardInteger');
    expect([lower?.text('LowerBound'), lower?.text('UpperBound')]).toEqual([undefined, '60']);
    expect(lower?.names).toContain('LowerBound');
    const [group] = await enumerated('idraccard_string-enum-nil-group-id', 'DCIM_iDRACCardString');
    expect(group?.text('GroupID')).toBeUndefined();
  });

  it('may hold no instance at all', async () => {
    expect(await enumerated('lifecycle_job-enum-not_found', 'DCIM_LifecycleJob')).toEqual([]);
  });

  it('come in several pulls, of several classes', async () => {
    const names = [1, 2, 3, 4].map((n) => `wsman-enum_context-${n}`);
    const { client, asked } = replay(...names);
    const found = await client.enumerate('http://FooResource');
    const counted = names.map((name) => recorded(name).split('</n1:InstanceID>').length - 1);
    expect(found.map((one) => one.text('InstanceID'))).toEqual(
      Array.from({ length: counted.reduce((sum, one) => sum + one) }, (_none, n) => String(n + 1)),
    );
    expect(asked).toHaveLength(4);
    for (const pull of asked.slice(1)) expect(pull).toContain('>enum-context-uuid<');
  });

  it.each([
    ['idrac_service-invoke-set_attributes-ok', 'DCIM_iDRACCardService', 'SetAttributes', '0', 'RAC001'],
    ['idrac_service-reset-ok', 'DCIM_iDRACCardService', 'iDRACReset', '0', 'RAC064'],
    ['idrac_service-reset-error', 'DCIM_iDRACCardService', 'iDRACReset', '2', 'RAC004'],
    ['lc_service-invoke-set_attributes-error', 'DCIM_LCService', 'SetAttributes', '2', 'LC057'],
    ['lc_service-invoke-create_config_job-error', 'DCIM_LCService', 'CreateConfigJob', '2', 'LC007'],
    ['job_service-delete-job-id-error', 'DCIM_JobService', 'DeleteJobQueue', '2', 'SUP011'],
  ])('%s: what the method returned', async (name, resource, method, value, messageId) => {
    const output = await invoked(name, resource, method);
    expect([output.className, output.text('ReturnValue'), output.text('MessageID')]).toEqual([
      `${method}_OUTPUT`,
      value,
      messageId,
    ]);
    expect(output.text('Message')).toMatch(/^[A-Za-z].* \w+/);
  });

  it.each([
    ['lc_getremoteservicesapistatus_ready', '0'],
    ['lc_getremoteservicesapistatus_not_ready', '5'],
    ['lc_getremoteservicesapistatus_recovery', '4'],
  ])('%s: how ready it is', async (name, status) => {
    const output = await invoked(name, 'DCIM_LCService', 'GetRemoteServicesAPIStatus');
    expect([output.text('LCStatus'), output.text('ReturnValue')]).toEqual([status, '0']);
  });

  it('say where the result of setting attributes went', async () => {
    const output = await invoked(
      'idrac_service-invoke-set_attributes-ok',
      'DCIM_iDRACCardService',
      'SetAttributes',
    );
    expect([output.text('SetResult'), output.text('RebootRequired')]).toEqual(['Set PendingValue', 'No']);
  });

  it('carry the id of the job that was created', async () => {
    const output = await invoked(
      'lc_service-invoke-create_config_job-ok',
      'DCIM_LCService',
      'CreateConfigJob',
    );
    expect(output.text('ReturnValue')).toBe('4096');
    const reference = childOf(output.element('Job'), NS.wsa, 'EndpointReference');
    const parameters = childOf(reference, NS.wsa, 'ReferenceParameters');
    const selectors = childOf(parameters, NS.wsman, 'SelectorSet')?.children ?? [];
    expect(selectors.map((one) => [one.attributes[0]?.value, one.text])).toEqual([
      ['InstanceID', 'JID_442507917525'],
      ['__cimnamespace', 'root/dcim'],
    ]);
  });

  it('are refused when they belong to another request', async () => {
    const http: HttpClient = {
      request: async () => ({
        status: 200,
        headers: {},
        body: Buffer.from(recorded('idrac_service-reset-ok')),
      }),
      async [Symbol.asyncDispose]() {},
    };
    const client = createWsmanClient(http, { endpoint: 'https://192.0.2.7:443/wsman' });
    const call = client.invoke(`${DELL}DCIM_iDRACCardService`, 'iDRACReset', {}, {});
    await expect(call).rejects.toMatchObject({ code: 'WRONG_RELATES_TO' });
  });
});
