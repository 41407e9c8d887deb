import { createMachine, type Machine, type MachineOptions } from './create-machine.ts';

export const keysym = {
  enter: 0xff0d,
  escape: 0xff1b,
  backspace: 0xff08,
  tab: 0xff09,
  delete: 0xffff,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  f2: 0xffbf,
  f10: 0xffc7,
  f11: 0xffc8,
  f12: 0xffc9,
  control: 0xffe3,
  alt: 0xffe9,
} as const;

/** Hands and a clock for a machine under test. */
export interface Hands {
  readonly machine: Machine;
  /** What the screen shows. */
  readonly text: string;
  wait(ms: number): void;
  /** Waits until the machine does something else; fails after ten minutes of its time. */
  waitFor(stage: Machine['stage']): void;
  press(...keysyms: number[]): void;
  /** Types text; `\n` is Enter. */
  type(text: string): void;
  /** Holds the first keys while the last one is pressed. */
  chord(...keysyms: number[]): void;
  /** Clicks the first place where the screen shows this text. */
  click(text: string): void;
  hover(text: string): void;
  /** Types at the far end of the serial line; `\n` is Enter. */
  send(text: string): void;
  /** What the serial line said since the last call, without colours. */
  hear(): string;
}

export function takeMachine(options: Partial<MachineOptions> = {}): Hands {
  let now = Date.UTC(2026, 2, 5, 14, 0, 0);
  const machine = createMachine({ name: 'node-07', seed: 'test', now, ...options });
  const wait = (ms: number) => {
    now += ms;
    machine.advance(now);
  };
  const press = (...keysyms: number[]) => {
    for (const key of keysyms) {
      machine.key(key, true);
      machine.key(key, false);
    }
  };
  const find = (text: string): [number, number] => {
    for (let row = 0; row < machine.screen.rows; row++) {
      const column = machine.screen.line(row).indexOf(text);
      if (column >= 0) return [column * 8 + 4, row * 16 + 8];
    }
    throw new Error(`the screen does not show "${text}":\n${machine.screen.text()}`);
  };
  return {
    machine,
    get text() {
      return machine.screen.text();
    },
    wait,
    waitFor(stage) {
      for (let step = 0; machine.stage !== stage; step++) {
        if (step > 12_000) throw new Error(`still in ${machine.stage}, never in ${stage}`);
        wait(50);
      }
    },
    press,
    type(text) {
      for (const character of text) press(character === '\n' ? keysym.enter : character.codePointAt(0)!);
    },
    chord(...keysyms) {
      for (const key of keysyms) machine.key(key, true);
      for (const key of keysyms.reverse()) machine.key(key, false);
    },
    click(text) {
      const [x, y] = find(text);
      machine.pointerEvent(x, y, 0);
      machine.pointerEvent(x, y, 1);
      machine.pointerEvent(x, y, 0);
    },
    hover(text) {
      machine.pointerEvent(...find(text), 0);
    },
    send: (text) => machine.serial.input(Buffer.from(text.replaceAll('\n', '\r'), 'utf8')),
    hear: () => withoutColours(machine.serial.take()),
  };
}

/** Text as a terminal would show it, but for what moves the cursor. */
function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
  return text.replace(/\x1b\[[\d;]*m/g, '');
}
