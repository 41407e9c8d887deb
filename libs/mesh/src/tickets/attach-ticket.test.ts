import { randomBytes } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  claimedConsole,
  makeAttachTicket,
  ticketClockTolerance,
  verifyAttachTicket,
} from './attach-ticket.ts';

const key = randomBytes(32);
const now = 1_800_000_000_000;
const fields = {
  consoleId: '0d0e3c1e-6f55-4c6a-9a0e-0f6c1d3f8b11',
  generation: 9_007_199_254_740_993n,
  sessionId: 's1',
  subject: 'alice, "the operator"\u0000',
  role: 'view' as const,
  expiresAt: now + 60_000,
};

describe('an Attach ticket', () => {
  it('brings back what was put in, generations beyond 2^53 included', () => {
    expect(verifyAttachTicket(key, makeAttachTicket(key, fields), now)).toMatchObject(fields);
    expect(claimedConsole(makeAttachTicket(key, fields))).toEqual({
      consoleId: fields.consoleId,
      generation: fields.generation,
    });
  });

  it('has a nonce of its own each time, so that its holder can refuse a second use', () => {
    const [a, b] = [makeAttachTicket(key, fields), makeAttachTicket(key, fields)];
    expect(verifyAttachTicket(key, a, now).nonce).not.toBe(verifyAttachTicket(key, b, now).nonce);
  });

  it('is refused under another key, and after its time with the tolerance for clocks', () => {
    const ticket = makeAttachTicket(key, fields);
    expect(() => verifyAttachTicket(randomBytes(32), ticket, now)).toThrow(/not valid/);
    expect(() => verifyAttachTicket(key, ticket, fields.expiresAt + ticketClockTolerance)).not.toThrow();
    expect(() => verifyAttachTicket(key, ticket, fields.expiresAt + ticketClockTolerance + 1)).toThrow(
      /not valid/,
    );
  });

  test.prop([fc.nat(), fc.integer({ min: 0, max: 7 })])(
    'is refused when any bit of it is turned',
    (at, bit) => {
      const ticket = makeAttachTicket(key, fields);
      ticket[at % ticket.length]! ^= 1 << bit;
      expect(() => verifyAttachTicket(key, ticket, now)).toThrow(/not valid/);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 4096 })])(
    'is refused, never crashed on, when it is garbage',
    (bytes) => {
      expect(() => verifyAttachTicket(key, bytes, now)).toThrow(/not valid/);
      expect(() => claimedConsole(bytes)).not.toThrow();
    },
  );
});
