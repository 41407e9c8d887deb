import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBacklog } from './backlog.ts';

describe('a backlog', () => {
  it('gives back what was pushed, in any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 9000 }),
        (pieces, most) => {
          const backlog = createBacklog(64 * 1024);
          const kept = pieces.filter((piece) => {
            if (!backlog.fits(piece.length)) return false;
            backlog.push(Buffer.from(piece));
            return true;
          });
          const all: Buffer[] = [];
          for (let at = 0; at < backlog.length; at += most) all.push(Buffer.from(backlog.slice(at, most)));
          expect(Buffer.concat(all).equals(Buffer.concat(kept))).toBe(true);
        },
      ),
    );
  });

  it('refuses what does not fit, and is empty after it was cleared', () => {
    const backlog = createBacklog(10);
    backlog.push(Buffer.from('0123456'));
    expect(backlog.fits(3)).toBe(true);
    expect(backlog.fits(4)).toBe(false);
    backlog.clear();
    expect([backlog.length, backlog.fits(10), backlog.slice(0, 10).length]).toEqual([0, true, 0]);
  });
});
