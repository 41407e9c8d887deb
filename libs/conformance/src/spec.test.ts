import { readFileSync } from 'node:fs';
import { errorTable } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { requirementsOf } from './case.ts';
import { driverCases } from './driver/driver-cases.ts';
import { providerCases } from './provider/provider-cases.ts';
import { readSpec } from './read-spec.ts';

const proto = new URL('../../../proto/consolemesh/', import.meta.url);
const text = (name: string) => readFileSync(new URL(`${name}/v1/SPEC.md`, proto), 'utf8');
const specs = { driver: readSpec(text('driver')), provider: readSpec(text('provider')) };
const cases = { driver: driverCases, provider: providerCases };

describe.each(['driver', 'provider'] as const)('%s/v1/SPEC.md', (name) => {
  const spec = specs[name];
  const covered = new Set(cases[name].flatMap(({ title }) => requirementsOf(title)));

  it('numbers its requirements, each once', () => {
    expect(spec.requirements.length).toBeGreaterThan(25);
    expect(new Set(spec.requirements).size).toBe(spec.requirements.length);
  });

  it('has a case for every requirement that it does not list as untestable', () => {
    const tested = spec.requirements.filter((id) => covered.has(id));
    expect([...tested, ...spec.untestable].sort()).toEqual([...spec.requirements].sort());
  });

  it('has no case for a requirement that does not exist', () => {
    const known = [...specs.driver.requirements, ...specs.provider.requirements];
    expect([...covered].filter((id) => !known.includes(id))).toEqual([]);
  });

  it('uses reasons, codes and recoveries of the error table', () => {
    expect(spec.errors.length).toBeGreaterThan(15);
    for (const { reason, grpc, recovery } of spec.errors) {
      const row = errorTable[reason as keyof typeof errorTable];
      expect({ reason, grpc: row?.grpc, recovery: row?.recovery }).toEqual({ reason, grpc, recovery });
    }
  });

  it('has no row that cannot be read', () => {
    const rows = text(name)
      .replaceAll(/```[\s\S]*?```/g, '')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| Condition'));
    expect(rows.length).toBe(spec.errors.length);
  });

  it('names only RPCs of its contract in its headings', () => {
    const contract = readFileSync(new URL(`${name}/v1/${name}.proto`, proto), 'utf8');
    const rpcs = [...contract.matchAll(/^\s+rpc (\w+)\(/gm)].map(([, rpc]) => rpc);
    const headings = [...text(name).matchAll(/^### ([A-Z].*)$/gm)]
      .map(([, title]) => title!)
      .filter((title) => /^[A-Za-z, ]+$/.test(title));
    expect(headings.flatMap((title) => title.split(', ')).sort()).toEqual(rpcs.sort());
  });
});

it('covers ATTACH in the driver and in the provider suite alike', () => {
  const attach = specs.driver.requirements.filter(
    (id) => id.startsWith('ATTACH-') && !specs.driver.untestable.includes(id),
  );
  for (const suite of [driverCases, providerCases]) {
    const covered = new Set(suite.flatMap(({ title }) => requirementsOf(title)));
    expect(attach.filter((id) => !covered.has(id))).toEqual([]);
  }
});
