import { fc, test as prop } from '@fast-check/vitest';
import { expect } from 'vitest';
import { heldLease } from './lease.ts';

const times = { lease: 15_000, guard: 3_000, margin: 3_000 };

/** Offset between the clocks of conductor and database, and two delays of the network. */
prop.prop([fc.integer({ min: -1e6, max: 1e6 }), fc.nat(5_000), fc.nat(5_000), fc.nat(20_000)])(
  'whatever the clocks and delays, calls end before the lease does and changes begin after the margin',
  (offset, there, back, settle) => {
    const askedAt = 1_000_000;
    const grantedAt = askedAt + there;
    const answeredAt = grantedAt + back;
    const databaseNow = grantedAt + offset;
    const granted = { consoleId: 'c', fence: 2n, now: databaseNow, mutableAt: databaseNow + settle };
    const lease = heldLease(granted, askedAt, answeredAt, times);
    expect(lease.callsEndAt).toBeLessThanOrEqual(grantedAt + times.lease - times.guard);
    expect(lease.mutableAt).toBeGreaterThanOrEqual(grantedAt + settle);
  },
);
