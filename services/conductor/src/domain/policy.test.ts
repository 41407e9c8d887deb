import { readFileSync, writeFileSync } from 'node:fs';
import * as conductor from '@consolemesh/contracts/conductor';
import { mayCall } from '@consolemesh/mesh';
import { describe, expect, test } from 'vitest';
import { type Action, type PolicyRow, permission, policy, standingOf, takesAway } from './policy.ts';

const rows: [string, PolicyRow][] = Object.entries(policy);
/** `NodeService/GetNode` of every RPC of conductor.v1. */
const rpcs = Object.values(conductor).flatMap((item) => {
  const { name, fullName, methods } = item as { name?: string; fullName?: string; methods?: object };
  if (!name || !methods || !fullName?.startsWith('consolemesh.conductor.v1.')) return [];
  return Object.values(methods as Record<string, { name: string }>).map((method) => `${name}/${method.name}`);
});

describe('the policy', () => {
  test('has one row for every RPC that users may call, and none for any other', () => {
    expect(rpcs.length).toBeGreaterThan(20);
    const user = { kind: 'user', name: 'ada' } as const;
    for (const rpc of rpcs) {
      const count = rows.filter(([, row]) => row.rpcs.includes(rpc)).length;
      expect(count, rpc).toBe(mayCall(user, `consolemesh.conductor.v1.${rpc}`) ? 1 : 0);
    }
    for (const rpc of rows.flatMap(([, row]) => row.rpcs)) expect(rpcs, rpc).toContain(rpc);
  });

  test('gives a lessee nothing that an owner has not, and an administrator everything', () => {
    const rank = { no: 0, reduced: 1, yes: 2 };
    for (const [action, { owner, lessee, stranger }] of rows) {
      expect(rank[lessee], action).toBeLessThanOrEqual(rank[owner]);
      expect(rank[stranger], action).toBeLessThanOrEqual(rank[lessee]);
      expect(permission(action as Action, 'administrator')).toBe('yes');
    }
  });

  test('stands in the README exactly as it is in the code', () => {
    const readme = new URL('../../README.md', import.meta.url);
    const words = { yes: 'yes', reduced: 'reduced', no: '' };
    const lines = rows.map(([, { does, rpcs, owner, lessee, stranger }]) => {
      const where = rpcs.map((rpc) => `\`${rpc.replace(/.*\//, '')}\``).join(', ');
      const may = [owner, lessee, stranger].map((word) => words[word]).join(' | ');
      return `| ${does} | ${where} | yes | ${may} |`;
    });
    const head = ['| may | RPC | administrator | owner | lessee | others |', '|---|---|---|---|---|---|'];
    const table = [...head, ...lines].join('\n');
    const text = readFileSync(readme, 'utf8');
    const updated = text.replace(
      /<!-- policy -->[\s\S]*<!-- \/policy -->/,
      `<!-- policy -->\n${table}\n<!-- /policy -->`,
    );
    if (process.env.UPDATE_README === '1') writeFileSync(readme, updated);
    expect(text, 'run the tests with UPDATE_README=1').toBe(updated);
    expect(text).toContain('<!-- policy -->');
  });
});

describe('what somebody is to a node', () => {
  const ada = { administrator: false, names: ['ada', 'group/ops'] };

  test('is decided by his name or by a group of his, and owner counts for more', () => {
    expect(standingOf(ada, { owner: 'ada', lessee: 'ada' })).toBe('owner');
    expect(standingOf(ada, { owner: 'group/ops', lessee: '' })).toBe('owner');
    expect(standingOf(ada, { owner: 'bob', lessee: 'group/ops' })).toBe('lessee');
    expect(standingOf({ ...ada, administrator: true }, { owner: 'bob', lessee: '' })).toBe('administrator');
  });

  test('is nothing for another spelling, a group without its prefix, or a node of nobody', () => {
    for (const owner of ['Ada', 'user/ada', 'ops', 'ada ', 'adam', '']) {
      expect(standingOf(ada, { owner, lessee: owner }), owner).toBe('stranger');
    }
    expect(standingOf({ administrator: false, names: [''] }, { owner: '', lessee: '' })).toBe('stranger');
    expect(standingOf({ administrator: false, names: [] }, { owner: '', lessee: '' })).toBe('stranger');
  });

  test('is taken from him by another name in its place, and not by one that is added or moved', () => {
    const node = { owner: 'ada', lessee: 'bea' };
    expect(takesAway(node, { ...node, lessee: 'eve' })).toBe(true);
    expect(takesAway(node, { ...node, owner: 'eve' })).toBe(true);
    expect(takesAway(node, { ...node, lessee: '' })).toBe(true);
    expect(takesAway(node, { owner: 'bea', lessee: 'ada' })).toBe(false);
    expect(takesAway({ owner: '', lessee: '' }, node)).toBe(false);
  });
});
