import { describe, expect, it } from 'vitest';
import { keysym } from '../machine/testing.ts';
import { runMachine } from '../run-machine.ts';
import { manualClock } from '../testing.ts';
import { createDisplay } from './create-display.ts';

const setUp = (stage: 'off' | 'post' | 'console') => {
  const clock = manualClock();
  const machine = runMachine({ name: 'node-07', seed: 'test', stage, clock });
  const display = createDisplay(machine, clock);
  let changes = 0;
  display.framebuffer.subscribe(() => changes++);
  return { clock, machine, display, changes: () => changes };
};

describe('the display of a running machine', () => {
  it('costs nothing while nobody looks at the login prompt', () => {
    const { clock, changes } = setUp('console');
    expect(clock.waiting).toBe(0);
    clock.advance(3_600_000);
    expect(changes()).toBe(0);
  });

  it('blinks its cursor while somebody looks, and stops when the last one leaves', () => {
    const { clock, display, changes } = setUp('console');
    const first = display.look();
    const second = display.look();
    const before = changes();
    clock.advance(10_000);
    expect(changes() - before).toBe(20);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(clock.waiting).toBe(1);
    second[Symbol.dispose]();
    expect(clock.waiting).toBe(0);
  });

  it('runs no timer for a machine that is off, watched or not', () => {
    const { clock, display } = setUp('off');
    using _looking = display.look();
    expect(clock.waiting).toBe(0);
  });

  it('draws fast changes together, at most forty times a second', () => {
    const { clock, machine, display, changes } = setUp('console');
    using _looking = display.look();
    const before = changes();
    for (let i = 0; i < 1000; i++) {
      machine.key(0x61 + (i % 26), true);
      clock.advance(1);
    }
    expect(changes() - before).toBeLessThanOrEqual(42);
  });

  it('boots on with nobody looking, and shows the end of it to whoever comes', () => {
    const { clock, machine, display } = setUp('post');
    clock.advance(60_000);
    expect(machine.stage).toBe('console');
    expect(clock.waiting).toBe(0);
    using _looking = display.look();
    expect(display.framebuffer.pixels.some((pixel) => pixel !== 0)).toBe(true);
  });

  it('lets decoration rest while nobody looks', () => {
    const { clock, machine, display } = setUp('post');
    machine.key(keysym.f2, true);
    clock.advance(30_000);
    expect(machine.stage).toBe('setup');
    expect(clock.waiting).toBe(0);
    const looking = display.look();
    expect(clock.waiting).toBeGreaterThan(0);
    looking[Symbol.dispose]();
    expect(clock.waiting).toBe(0);
  });
});
