import { randomBytes } from 'node:crypto';
import { makeAttachTicket } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { createTicketCheck } from './ticket-check.ts';

const attachKey = randomBytes(32);
const of = { consoleId: 'c', generation: 3n, attachKey };

function world() {
  let now = 1_000_000;
  const check = createTicketCheck(of, () => now);
  const ticket = (over: { consoleId?: string; generation?: bigint; expiresAt?: number } = {}) =>
    makeAttachTicket(attachKey, {
      consoleId: 'c',
      generation: 3n,
      sessionId: 's',
      subject: 'me',
      role: 'view',
      expiresAt: now + 60_000,
      ...over,
    });
  return { check, ticket, pass: (ms: number) => (now += ms) };
}

describe('a check of tickets', () => {
  it('admits a ticket once', () => {
    const { check, ticket } = world();
    const bytes = ticket();
    expect(check.admit(bytes)).toMatchObject({ sessionId: 's', role: 'view' });
    expect(() => check.admit(bytes)).toThrow(/not valid/);
  });

  it('refuses a ticket for another console or generation, though its key is right', () => {
    const { check, ticket } = world();
    expect(() => check.admit(ticket({ consoleId: 'd' }))).toThrow(/not valid/);
    expect(() => check.admit(ticket({ generation: 2n }))).toThrow(/not valid/);
  });

  it('remembers a nonce for as long as its ticket could be used', () => {
    const { check, ticket, pass } = world();
    const bytes = ticket();
    check.admit(bytes);
    pass(89_999);
    check.admit(ticket());
    expect(() => check.admit(bytes)).toThrow(/not valid/);
  });

  it('remembers a bounded number, and forgets those that have expired', () => {
    const { check, ticket, pass } = world();
    for (let i = 0; i < 1_000; i += 1) check.admit(ticket());
    expect(() => check.admit(ticket())).toThrow(/Too many/);
    pass(90_001);
    expect(() => check.admit(ticket())).not.toThrow();
  });
});
