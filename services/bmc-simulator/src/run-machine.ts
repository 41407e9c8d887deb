import { type Clock, systemClock } from './clock.ts';
import {
  type BootOverride,
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
  /** A non-maskable interrupt: a running kernel wonders aloud. */
  interrupt(): void;
  /** What the next self tests lead to, whatever the boot order says. */
  bootOverride: BootOverride | undefined;
  readonly serial: RunningSerialLine;
  /**
   * Watches the machine until disposed. While nobody does, decoration (a ticking clock, falling letters) stands still
   * and costs nothing; a boot goes on.
   */
  watch(onChange: () => void): Disposable;
  /** Told whenever the power was switched on or off, by whomever. */
  watchPower(onChange: () => void): Disposable;
  [Symbol.dispose](): void;
}

/** The far end of the machine's serial line, for any number at a time: all hear the same, and anyone may type. */
export interface RunningSerialLine {
  input(bytes: Uint8Array): void;
  break(): void;
  /** What the machine says while nobody listens is lost, as on a real line. */
  listen(onOutput: (bytes: Buffer) => void): Disposable;
}

export interface RunOptions extends Omit<MachineOptions, 'now'> {
  clock?: Clock | undefined;
}

export function runMachine(options: RunOptions): RunningMachine {
  const { clock = systemClock, ...rest } = options;
  const machine = createMachine({ ...rest, now: clock.now() });
  const watchers = new Set<() => void>();
  const powerWatchers = new Set<() => void>();
  let power = machine.power;
  const listeners = new Set<(bytes: Buffer) => void>();
  let timer: Disposable | undefined;
  let disposed = false;

  const schedule = () => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (disposed || machine.dueAt === Number.POSITIVE_INFINITY) return;
    if (machine.ambient && watchers.size === 0) return;
    timer = clock.after(Math.max(0, machine.dueAt - clock.now()), update);
  };
  const tell = () => {
    for (const notify of watchers) notify();
    if (machine.power !== power) {
      power = machine.power;
      for (const notify of powerWatchers) notify();
    }
    const said = machine.serial.take();
    if (said === '' || listeners.size === 0) return;
    const bytes = Buffer.from(said, 'utf8');
    for (const hear of listeners) hear(bytes);
  };
  const update = () => {
    machine.advance(clock.now());
    schedule();
    tell();
  };
  /** Catches up with the clock first, so that what is done happens now and not at the last step. */
  const act = (action: () => void) => {
    if (disposed) return;
    machine.advance(clock.now());
    action();
    schedule();
    tell();
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
    interrupt: () => act(() => machine.interrupt()),
    get bootOverride() {
      return machine.bootOverride;
    },
    set bootOverride(override) {
      machine.bootOverride = override;
    },
    serial: {
      input: (bytes) => act(() => machine.serial.input(bytes)),
      break: () => act(() => machine.serial.break()),
      listen(onOutput) {
        listeners.add(onOutput);
        return { [Symbol.dispose]: () => void listeners.delete(onOutput) };
      },
    },
    watchPower(onChange) {
      powerWatchers.add(onChange);
      return { [Symbol.dispose]: () => void powerWatchers.delete(onChange) };
    },
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
      listeners.clear();
      powerWatchers.clear();
      schedule();
    },
  };
}
