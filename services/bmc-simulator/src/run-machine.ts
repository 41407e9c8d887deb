import { type Clock, systemClock } from './clock.ts';
import {
  createMachine,
  type Machine,
  type MachineOptions,
  type PowerAction,
} from './machine/create-machine.ts';

/** A machine with a clock: it boots by itself and tells whoever watches when its screen may have changed. */
export interface RunningMachine extends Pick<Machine, 'identity' | 'screen' | 'stage' | 'power' | 'pointer'> {
  key(keysym: number, down: boolean): void;
  pointerEvent(x: number, y: number, buttons: number): void;
  releaseInput(): void;
  setPower(action: PowerAction): void;
  /**
   * Watches the machine until disposed. While nobody does, decoration (a ticking clock, falling letters) stands still
   * and costs nothing; a boot goes on.
   */
  watch(onChange: () => void): Disposable;
  [Symbol.dispose](): void;
}

export interface RunOptions extends Omit<MachineOptions, 'now'> {
  clock?: Clock | undefined;
}

export function runMachine(options: RunOptions): RunningMachine {
  const { clock = systemClock, ...rest } = options;
  const machine = createMachine({ ...rest, now: clock.now() });
  const watchers = new Set<() => void>();
  let timer: Disposable | undefined;
  let disposed = false;

  const schedule = () => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (disposed || machine.dueAt === Number.POSITIVE_INFINITY) return;
    if (machine.ambient && watchers.size === 0) return;
    timer = clock.after(Math.max(0, machine.dueAt - clock.now()), update);
  };
  const update = () => {
    machine.advance(clock.now());
    schedule();
    for (const notify of watchers) notify();
  };
  /** Catches up with the clock first, so that what is done happens now and not at the last step. */
  const act = (action: () => void) => {
    if (disposed) return;
    machine.advance(clock.now());
    action();
    schedule();
    for (const notify of watchers) notify();
  };
  schedule();

  return {
    identity: machine.identity,
    screen: machine.screen,
    get stage() {
      return machine.stage;
    },
    get power() {
      return machine.power;
    },
    get pointer() {
      return machine.pointer;
    },
    key: (keysym, down) => act(() => machine.key(keysym, down)),
    pointerEvent: (x, y, buttons) => act(() => machine.pointerEvent(x, y, buttons)),
    releaseInput: () => act(() => machine.releaseInput()),
    setPower: (action) => act(() => machine.setPower(action)),
    watch(onChange) {
      watchers.add(onChange);
      act(() => {});
      return {
        [Symbol.dispose]: () => {
          watchers.delete(onChange);
          schedule();
        },
      };
    },
    [Symbol.dispose]() {
      disposed = true;
      watchers.clear();
      schedule();
    },
  };
}
