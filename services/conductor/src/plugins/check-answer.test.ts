import type { Endpoint, TlsSettings } from '@consolemesh/contracts/types';
import { describe, expect, test } from 'vitest';
import { anEndpoint } from '../domain/testing.ts';
import { checkEndpoints, checkState, isTarget, isUnverified, meshEndpoint } from './check-answer.ts';

const tcp = (change: object): Endpoint => {
  if (anEndpoint.transport?.$case !== 'tcp') throw new Error('no TCP');
  return { ...anEndpoint, transport: { $case: 'tcp', value: { ...anEndpoint.transport.value, ...change } } };
};
const relayAt = (target: string, unverifiedTls = false): Endpoint => ({
  ...anEndpoint,
  transport: { $case: 'relay', value: { target, unverifiedTls } },
});
const tls = (change: Partial<TlsSettings>): TlsSettings => ({
  mode: 2,
  verification: 1,
  caPem: '',
  sha256Pin: '',
  serverName: '',
  minimumVersion: '',
  ...change,
});

describe('what a plugin answers', () => {
  test('is taken when it is complete', () => {
    expect(checkEndpoints([anEndpoint], 'tcp')).toEqual([anEndpoint]);
    const relay = relayAt('dns:///10.0.0.1:7150');
    expect(checkEndpoints([relay], 'relay')).toEqual([relay]);
  });

  test.each<[string, Endpoint[]]>([
    ['without an endpoint', []],
    ['for nova only', [{ ...anEndpoint, audience: 2 }]],
    ['without a transport', [{ ...anEndpoint, transport: undefined }]],
    ['of another kind than was chosen', [relayAt('dns:///h:1')]],
    ['without a host', [tcp({ host: '' })]],
    ['with a host that smuggles a port', [tcp({ host: '[::1]:22' })]],
    ['with the port 0', [tcp({ port: 0 })]],
    ['with half a fingerprint', [tcp({ tls: tls({ verification: 3, sha256Pin: 'abcd' }) })]],
    ['with an authority that is missing', [tcp({ tls: tls({ verification: 2 }) })]],
    ['five times', Array.from({ length: 5 }, () => anEndpoint)],
  ])('is refused %s', (_, endpoints) => {
    expect(() => checkEndpoints(endpoints, 'tcp')).toThrow(
      expect.objectContaining({ reason: 'PLUGIN_ANSWER_INVALID' }),
    );
  });

  test('has states of at most 16 KiB, which are copied', () => {
    const state = new Uint8Array([1, 2, 3]);
    const copy = checkState(state, 'driver_state');
    state[0] = 9;
    expect(copy).toEqual(Buffer.from([1, 2, 3]));
    expect(() => checkState(new Uint8Array(16 * 1024 + 1), 'driver_state')).toThrow('16385 bytes');
  });

  test('says whether the certificate is judged, for the endpoint that the mesh uses', () => {
    const lax = tcp({ tls: tls({ verification: 4 }) });
    expect(isUnverified([anEndpoint])).toBe(false);
    expect(isUnverified([lax])).toBe(true);
    expect(isUnverified([relayAt('dns:///h:1', true)])).toBe(true);
    expect(isUnverified([relayAt('dns:///h:1')])).toBe(false);
    expect(isUnverified([{ ...lax, audience: 2 }, anEndpoint])).toBe(false);
    expect(meshEndpoint([{ ...lax, audience: 2 }, anEndpoint])).toBe(anEndpoint);
  });

  test('names targets of any scheme that a channel may know', () => {
    for (const target of ['dns:///h:1', 'ipv6:[::1]:2', 'h:3', 'unix:/run/x.sock', 'reverse:agent-7']) {
      expect(isTarget(target)).toBe(true);
    }
    for (const target of ['', 'h', 'dns:///h p:1', 'x'.repeat(2_000)]) expect(isTarget(target)).toBe(false);
  });
});
