import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  type AuditContents,
  auditGenesis,
  auditHash,
  createAuditCheck,
  encodeAuditEvent,
} from './audit-chain.ts';
import { AuditEvent } from './gen/consolemesh/conductor/v1/audit.ts';

/** Texts in which one place could be taken for another. */
const text = fc.oneof(
  fc.constantFrom('', 'a', '","', '"', '\\', ',', '[', 'forced', '1', '\u0000', 'é', '😀', '\ud800', '\n'),
  fc.string({ maxLength: 4 }),
);
const contents: fc.Arbitrary<AuditContents> = fc.record({
  sequence: fc.bigInt({ min: 0n, max: 2n ** 63n }),
  at: fc.option(
    fc.record({ seconds: fc.bigInt({ min: 0n, max: 3n }), nanos: fc.integer({ min: 0, max: 3 }) }),
    { nil: undefined },
  ),
  forced: fc.boolean(),
  fields: fc.array(text, { maxLength: 3 }),
  ...(Object.fromEntries(
    [
      ...['kind', 'actor', 'subject', 'nodeId', 'nodeName', 'consoleId', 'consoleKind', 'sessionId'],
      ...['clientAddress', 'role', 'tokenId', 'reason', 'previousHash'],
    ].map((name) => [name, text]),
  ) as Record<'kind', fc.Arbitrary<string>>),
}) as fc.Arbitrary<AuditContents>;

/** Two neighbours: the second differs from the first in what was drawn for it, which may be little. */
const pair = fc
  .tuple(contents, contents, fc.integer({ min: 0, max: 2 ** 17 - 1 }))
  .map(([first, other, mask]) => {
    const names = Object.keys(first) as (keyof AuditContents)[];
    const taken = names.filter((_, i) => mask & (1 << i)).map((name) => [name, other[name]]);
    return [first, { ...first, ...Object.fromEntries(taken) }] as const;
  });

describe('the encoding of an event', () => {
  test.prop([pair])('is the same for two events only if they are the same', ([first, second]) => {
    const same = JSON.stringify(plain(first)) === JSON.stringify(plain(second));
    expect(encodeAuditEvent(first) === encodeAuditEvent(second)).toBe(same);
  });

  test.prop([text, text, fc.constantFrom('', ',', '","', '\\', '\u0000')])(
    'keeps apart what only lies differently over the same places',
    (x, y, between) => {
      const event = AuditEvent.fromPartial({});
      const events = [
        { ...event, actor: `${x}${between}${y}`, subject: 'z' },
        { ...event, actor: x, subject: `${y}${between}z` },
        { ...event, reason: `${x}${between}${y}z` },
        { ...event, reason: x, fields: [`${y}z`] },
        { ...event, fields: [`${x}${between}${y}z`] },
        { ...event, fields: [x, `${y}z`] },
      ];
      const different = new Set(events.map((one) => JSON.stringify(plain(one))));
      expect(new Set(events.map(encodeAuditEvent)).size).toBe(different.size);
    },
  );

  test('covers every field of the message but the hash itself', () => {
    const event = AuditEvent.fromPartial({});
    for (const name of Object.keys(event).filter((name) => name !== 'hash')) {
      const before: unknown = Reflect.get(event, name);
      const value =
        typeof before === 'bigint'
          ? 1n
          : typeof before === 'boolean'
            ? true
            : Array.isArray(before)
              ? ['']
              : before === undefined
                ? { seconds: 0n, nanos: 0 }
                : 'x';
      expect(encodeAuditEvent({ ...event, [name]: value }), name).not.toBe(encodeAuditEvent(event));
    }
  });

  test('is what the contract says, so that another program gets the same hash', () => {
    const event = AuditEvent.fromPartial({
      sequence: 7n,
      at: { seconds: 1_700_000_000n, nanos: 5_000_000 },
      kind: 'node.changed',
      actor: 'user/ada',
      nodeId: 'n',
      nodeName: 'rack "1"',
      fields: ['name', 'labels.é'],
      previousHash: auditGenesis,
    });
    expect(encodeAuditEvent(event)).toBe(
      `["consolemesh-audit-v1","${auditGenesis}","7","1700000000","5000000","node.changed","user/ada","","n","rack \\"1\\"","","","","","","","","","name","labels.é"]`,
    );
    // By sha256sum of the line above.
    expect(auditHash(event)).toBe('77313305c86bc73f9007fd798509bbd52eb61a12080012597961708f9cb06a43');
  });
});

describe('the check of a chain', () => {
  const chains = fc.array(contents, { minLength: 3, maxLength: 6 }).map(chainOf);

  test.prop([chains])('accepts what follows from the first event on', (chain) => {
    expect(brokenAt(chain)).toBeUndefined();
  });

  test.prop([chains, fc.nat()])(
    'finds the first event that was changed, whatever field it is',
    (chain, seed) => {
      const at = seed % chain.length;
      const names = Object.keys(chain[at]!) as (keyof AuditEvent)[];
      const name = names[seed % names.length]!;
      const value = chain[at]![name];
      const other =
        typeof value === 'bigint'
          ? value + 1n
          : typeof value === 'boolean'
            ? !value
            : Array.isArray(value)
              ? [...value, '']
              : typeof value === 'string'
                ? `${value}x`
                : { seconds: 99n, nanos: 0 };
      expect(brokenAt(chain.with(at, { ...chain[at]!, [name]: other }))).toBe(at);
    },
  );

  test.prop([chains, fc.nat()])('finds where an event was taken out, but at the end', (chain, seed) => {
    const at = seed % (chain.length - 1);
    expect(brokenAt(chain.toSpliced(at, 1))).toBe(at);
  });

  test.prop([chains, fc.nat()])(
    'accepts a beginning that is missing when an event says up to where it was deleted, and no other',
    (chain, seed) => {
      const gone = 1 + (seed % chain.length);
      const last = chain[gone - 1]!;
      const fields = [`last_hash=${last.hash}`, `last_sequence=${gone}`];
      const withEvent = (kind: string, said: string[]) =>
        chainOf([...chain, { ...last, kind, fields: said }]).slice(gone);
      expect(brokenAt(withEvent('audit.pruned', fields))).toBeUndefined();
      expect(brokenAt(withEvent('audit.pruned', [fields[0]!, `last_sequence=${gone + 1}`]))).toBe(0);
      expect(brokenAt(withEvent('audit.pruned', [`last_hash=${auditGenesis}`, fields[1]!]))).toBe(0);
      expect(brokenAt(withEvent('node.changed', fields))).toBe(0);
    },
  );

  test.prop([chains, fc.nat()])(
    'finds where two events have changed places, also with new numbers',
    (chain, seed) => {
      const at = seed % (chain.length - 1);
      const [a, b] = [chain[at]!, chain[at + 1]!];
      // Nothing is wrong with a chain that begins with its second event, until the first one comes.
      expect(brokenAt(chain.with(at, b).with(at + 1, a))).toBe(at === 0 ? 1 : at);
      const renumbered = [
        { ...b, sequence: a.sequence },
        { ...a, sequence: b.sequence },
      ] as const;
      expect(brokenAt(chain.with(at, renumbered[0]).with(at + 1, renumbered[1]))).toBe(at);
    },
  );
});

function plain(event: AuditContents): unknown {
  return Object.entries(event)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [
      name,
      typeof value === 'object' && !Array.isArray(value)
        ? [`${value.seconds}`, value.nanos]
        : typeof value === 'bigint'
          ? `${value}`
          : value,
    ]);
}

function chainOf(all: readonly AuditContents[]): AuditEvent[] {
  let previousHash = auditGenesis;
  return all.map((one, i) => {
    const event = { ...one, sequence: BigInt(i + 1), previousHash };
    previousHash = auditHash(event);
    return { ...event, hash: previousHash };
  });
}

/** Index of the first event that does not fit. */
function brokenAt(chain: readonly AuditEvent[]): number | undefined {
  const check = createAuditCheck();
  const at = chain.findIndex((event) => check.add(event) !== undefined);
  if (at >= 0) return at;
  return check.end() === undefined ? undefined : 0;
}
