import { describe, expect, it } from 'vitest';
import { headroom } from './link.ts';
import { createReadMemory } from './read-memory.ts';

const kib = 1024;

describe('the memory that a connection reads into', () => {
  it('is small until a read fills it, then large, and small again', () => {
    const memory = createReadMemory();
    expect(memory.next()).toHaveLength(4 * kib);
    memory.used(4 * kib, true);
    expect(memory.next()).toHaveLength(64 * kib);
    memory.used(100, true);
    expect(memory.next()).toHaveLength(4 * kib);
    memory.release();
  });

  it('grows also while what was read is still on its way, without touching it', () => {
    const memory = createReadMemory();
    const first = memory.next();
    memory.used(4 * kib, false);
    const second = memory.next();
    expect(second).toHaveLength(64 * kib);
    expect(second.buffer).not.toBe(first.buffer);
    memory.release();
  });

  it('has room for a header in front', () => {
    expect(createReadMemory().next().byteOffset).toBe(headroom);
  });

  it('goes to another connection only when nobody waits for its bytes any more', () => {
    const one = createReadMemory();
    one.next();
    one.used(4 * kib, true);
    const large = one.next();
    // What was read is still on its way: the next read finds the same memory, and the pool does not get it.
    one.used(10, false);
    expect(one.next().buffer).toBe(large.buffer);
    const other = createReadMemory();
    other.next();
    other.used(4 * kib, true);
    expect(other.next().buffer).not.toBe(large.buffer);
    one.release();
    const third = createReadMemory();
    third.next();
    third.used(4 * kib, true);
    expect(third.next().buffer).not.toBe(large.buffer);
  });

  it('is used again by another connection afterwards', () => {
    const one = createReadMemory();
    one.next();
    one.used(4 * kib, true);
    const large = one.next();
    one.used(10, true);
    one.next();
    const other = createReadMemory();
    other.next();
    other.used(4 * kib, true);
    expect(other.next().buffer).toBe(large.buffer);
  });
});
