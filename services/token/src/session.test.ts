import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createCredential } from './credential.ts';
import { rotateTicket, type Session, ticketGraceMs } from './session.ts';

const fresh = (): Session => ({
  sessionId: 's',
  tokenId: 't',
  consoleId: 'c',
  generation: 1n,
  kind: 'graphical',
  role: 'control',
  subject: 'ada',
  createdAt: 0,
  expiresAt: 8 * 3_600_000,
  revokedAt: undefined,
  ticket: createCredential().hash,
  usedTicket: undefined,
  usedTicketUntil: undefined,
});

const step = fc.record({ wait: fc.nat(40_000), ticket: fc.nat(5) });

test.prop([fc.array(step, { minLength: 1, maxLength: 40 })])(
  'whatever is presented and whenever, two tickets are good at most, and none outlives its first use by more than a minute',
  (steps) => {
    let session = fresh();
    let now = 0;
    const issued = [session.ticket];
    const firstUse = new Map<Buffer, number>();
    for (const { wait, ticket } of steps) {
      now += wait;
      const good = issued.filter((one) => tryRotate(session, one, now) !== undefined);
      expect(good.length).toBeGreaterThan(0);
      expect(good.length).toBeLessThanOrEqual(2);
      expect(good).toContain(issued.at(-1));
      for (const one of good) {
        const used = firstUse.get(one);
        if (used !== undefined) expect(now - used).toBeLessThan(ticketGraceMs);
      }
      const presented = issued.at(-1 - ticket) ?? issued[0]!;
      const rotated = tryRotate(session, presented, now);
      if (!rotated) continue;
      firstUse.set(presented, firstUse.get(presented) ?? now);
      session = rotated;
      issued.push(session.ticket);
    }
  },
);

function tryRotate(session: Session, presented: Buffer, now: number): Session | undefined {
  try {
    const next = createCredential().hash;
    return { ...session, ...rotateTicket(session, presented, next, 'graphical', now) };
  } catch {
    return undefined;
  }
}

test('a ticket is refused after revocation, after the end of the session and at the other kind of proxy', () => {
  const session = fresh();
  const next = createCredential().hash;
  const rotate = (changed: Partial<Session>, kind: 'graphical' | 'serial', now: number) => () =>
    rotateTicket({ ...session, ...changed }, session.ticket, next, kind, now);
  expect(rotate({ revokedAt: 5 }, 'graphical', 6)).toThrow(
    expect.objectContaining({ reason: 'TOKEN_REVOKED' }),
  );
  expect(rotate({}, 'graphical', session.expiresAt)).toThrow(
    expect.objectContaining({ reason: 'SESSION_EXPIRED' }),
  );
  expect(rotate({}, 'serial', 0)).toThrow(expect.objectContaining({ reason: 'TOKEN_WRONG_KIND' }));
  expect(rotate({}, 'graphical', session.expiresAt - 1)()).toMatchObject({ ticket: next });
});
