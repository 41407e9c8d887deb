import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMachine, type PowerAction } from './create-machine.ts';
import { keysym, takeMachine } from './testing.ts';

describe('a simulated machine', () => {
  it('boots by itself from the self test to the login prompt', () => {
    const { machine, wait } = takeMachine();
    const seen: string[] = [machine.stage];
    for (let ms = 0; ms < 60_000; ms += 50) {
      wait(50);
      if (machine.stage !== seen.at(-1)) seen.push(machine.stage);
    }
    expect(seen).toEqual(['post', 'network', 'loader', 'kernel', 'console']);
    expect(machine.screen.text()).toContain('node-07 login:');
  });

  it('has nothing to do at the login prompt', () => {
    const { machine, waitFor } = takeMachine();
    waitFor('console');
    expect(machine.dueAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts the memory it was invented with', () => {
    const hands = takeMachine();
    hands.wait(2500);
    const { gibibytes } = hands.machine.identity.memory;
    expect(hands.text).toContain(`${gibibytes * 1024} MiB`);
    expect(hands.text).toContain(hands.machine.identity.serial);
  });

  it('is the same server for the same name and seed, and another for another', () => {
    const identity = (name: string, seed: string) => createMachine({ name, seed, now: 0 }).identity;
    expect(identity('a', '1')).toEqual(identity('a', '1'));
    expect(identity('a', '1').serial).not.toBe(identity('a', '2').serial);
    expect(identity('a', '1').nics[0]?.mac).not.toBe(identity('b', '1').nics[0]?.mac);
  });

  it('boots through the same screens whether time comes in large or in small steps', () => {
    const coarse = takeMachine();
    coarse.wait(9000);
    const fine = takeMachine();
    for (let ms = 0; ms < 9000; ms += 9) fine.wait(9);
    expect(coarse.text).toBe(fine.text);
  });

  it.each([
    ['F2', keysym.f2, 'setup'],
    ['Del', keysym.delete, 'setup'],
    ['F11', keysym.f11, 'bootMenu'],
    ['F12', keysym.f12, 'network'],
  ] as const)('%s during the self test leads on', (_name, key, stage) => {
    const { machine, press, wait, waitFor } = takeMachine();
    wait(1000);
    press(key);
    expect(machine.stage).toBe('post');
    waitFor(stage);
  });

  it('can be led by the pointer from the self test into the set-up menu', () => {
    const hands = takeMachine();
    hands.wait(3000);
    hands.click('Set-up');
    hands.waitFor('setup');
  });

  it.each(['post', 'loader', 'kernel', 'console'] as const)('resets on Ctrl-Alt-Del in %s', (stage) => {
    const { machine, waitFor, chord, wait } = takeMachine();
    waitFor(stage);
    wait(500);
    chord(keysym.control, keysym.alt, keysym.delete);
    expect(machine.stage).toBe('post');
    expect(machine.screen.text()).toBe('');
  });

  it('takes Del alone for an ordinary key', () => {
    const { machine, waitFor, press } = takeMachine({ stage: 'console' });
    waitFor('console');
    press(keysym.delete);
    expect(machine.stage).toBe('console');
  });

  it('boots the entry chosen in the boot loader and stops its countdown at the first key', () => {
    const hands = takeMachine();
    hands.waitFor('loader');
    hands.press(keysym.down);
    hands.wait(60_000);
    expect(hands.machine.stage).toBe('loader');
    hands.press(keysym.up, keysym.enter);
    expect(hands.machine.stage).toBe('kernel');
  });

  it('boots once from what the boot menu says', () => {
    const hands = takeMachine();
    hands.press(keysym.f11);
    hands.waitFor('bootMenu');
    hands.click('NVMe disk 0');
    expect(hands.machine.stage).toBe('loader');
  });
});

describe('the power of a simulated machine', () => {
  it.each<[PowerAction, 'console' | 'off', string]>([
    ['off', 'console', 'off'],
    ['on', 'console', 'console'],
    ['reset', 'console', 'post'],
    ['cycle', 'console', 'post'],
    ['shutdown', 'console', 'shutdown'],
    ['on', 'off', 'post'],
    ['off', 'off', 'off'],
    ['reset', 'off', 'off'],
    ['cycle', 'off', 'post'],
    ['shutdown', 'off', 'off'],
  ])('%s while in %s leads to %s', (action, stage, expected) => {
    const { machine } = takeMachine({ stage });
    machine.setPower(action);
    expect(machine.stage).toBe(expected);
    expect(machine.power).toBe(expected === 'off' ? 'off' : 'on');
  });

  it('is off when the shutdown is through, and Enter brings it back', () => {
    const { machine, waitFor, press, text } = takeMachine({ stage: 'console' });
    expect(text).toContain('login:');
    machine.setPower('shutdown');
    waitFor('off');
    expect(machine.screen.text()).toContain('No signal');
    expect(machine.dueAt).toBe(Number.POSITIVE_INFINITY);
    press(keysym.down);
    expect(machine.power).toBe('off');
    press(keysym.enter);
    expect(machine.stage).toBe('post');
  });

  it('shows no pointer while it is off', () => {
    const { machine } = takeMachine({ stage: 'console' });
    machine.pointerEvent(10, 20, 0);
    expect(machine.pointer).toMatchObject({ x: 10, y: 20 });
    machine.setPower('off');
    expect(machine.pointer).toBeUndefined();
  });
});

const event = fc.oneof(
  fc.record({
    kind: fc.constant('key' as const),
    keysym: fc.oneof(
      fc.constantFrom(...Object.values(keysym)),
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0, max: 0xffff_ffff }),
    ),
    down: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('pointer' as const),
    x: fc.integer({ min: -5, max: 70_000 }),
    y: fc.integer({ min: -5, max: 70_000 }),
    buttons: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 4000 }) }),
  fc.record({
    kind: fc.constant('type' as const),
    text: fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.constantFrom(
        'help\n',
        'matrix\n',
        'colours\n',
        'dmesg\n',
        'clear\n',
        'reboot\n',
        'poweroff\n',
        'exit\n',
      ),
    ),
  }),
);

describe('any sequence of keys, pointer and time', () => {
  it('leaves the machine alive, its cursor and its pointer on the screen', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('off' as const, 'post' as const, 'console' as const),
        fc.array(event, { maxLength: 60 }),
        (stage, events) => {
          const { machine, wait, type } = takeMachine({ stage });
          for (const what of events) {
            if (what.kind === 'key') machine.key(what.keysym, what.down);
            else if (what.kind === 'pointer') machine.pointerEvent(what.x, what.y, what.buttons);
            else if (what.kind === 'wait') wait(what.ms);
            else type(what.text);
            const { cursor, columns, rows } = machine.screen;
            expect(cursor.column >= 0 && cursor.column < columns).toBe(true);
            expect(cursor.row >= 0 && cursor.row < rows).toBe(true);
            const { x = 0, y = 0 } = machine.pointer ?? {};
            expect(x >= 0 && x < columns * 8 && y >= 0 && y < rows * 16).toBe(true);
          }
          wait(120_000);
          machine.setPower('cycle');
          expect(machine.stage).toBe('post');
        },
      ),
      { numRuns: 60 },
    );
  });
});
