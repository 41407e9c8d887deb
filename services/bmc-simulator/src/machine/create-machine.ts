import { glyphHeight, glyphWidth } from '../screen/font.ts';
import { createTextScreen, type TextScreen } from '../screen/text-screen.ts';
import { defaultFirmwareSettings, type FirmwareSettings } from './firmware-settings.ts';
import { type Identity, inventIdentity } from './identity.ts';
import { createKeyboard, type KeyPress } from './keys.ts';
import { createRandom } from './random.ts';
import { createSerialInput } from './serial/serial-input.ts';
import { createSerialOutput } from './serial/serial-output.ts';
import { answerSysRq } from './serial/sysrq.ts';
import type { Stage, StageContext, StageName } from './stage.ts';
import { stages } from './stages/index.ts';

/** `on`/`off` at once, `shutdown` asks the operating system, `reset` is the button, `cycle` is off and on. */
export type PowerAction = 'on' | 'off' | 'shutdown' | 'reset' | 'cycle';

export interface MachineOptions {
  name: string;
  /** Decides serial number, processor, memory, adapters: the same name and seed give the same server. */
  seed: string;
  /** Milliseconds since the Unix epoch at which it comes to life. */
  now: number;
  /** What it is doing then; `post` (just powered on) unless told. */
  stage?: 'off' | 'post' | 'console';
  /** How much faster than life it boots; 1 unless told. */
  speed?: number;
}

/**
 * A simulated server: screen, keyboard, pointer, power. A pure state machine: nothing happens between calls, time is what
 * `advance` says. Faces (VNC today) look at the screen and call the methods; none of them is known here.
 */
export interface Machine {
  readonly identity: Identity;
  readonly screen: TextScreen;
  readonly firmware: FirmwareSettings;
  readonly stage: StageName;
  readonly power: 'on' | 'off';
  /** When `advance` has something to do next, in its unit; Infinity = not before the next input. */
  readonly dueAt: number;
  /** True while what is due next is decoration that may wait until somebody looks. */
  readonly ambient: boolean;
  /** The mouse pointer in pixels; undefined before the first event and while the power is off. */
  readonly pointer: { readonly x: number; readonly y: number } | undefined;
  /** Does everything that is due up to `now`, milliseconds since the Unix epoch. Time never runs backwards. */
  advance(now: number): void;
  /** An X11 keysym going down or up. */
  key(keysym: number, down: boolean): void;
  /** The pointer at a pixel with RFB's button mask (1 = left). Positions outside the screen are moved to its edge. */
  pointerEvent(x: number, y: number, buttons: number): void;
  /** All keys and buttons up: for a viewer that vanished. */
  releaseInput(): void;
  setPower(action: PowerAction): void;
  /** A non-maskable interrupt: a running kernel wonders aloud. */
  interrupt(): void;
  /** What the next self tests lead to, whatever the boot order says. */
  bootOverride: BootOverride | undefined;
  readonly serial: SerialLine;
}

export interface BootOverride {
  readonly to: 'setup' | 'bootMenu' | 'network' | 'disk';
  /** Whether it stays after it has been followed. */
  readonly persistent: boolean;
}

/** The machine's first serial port: firmware, boot loader, kernel and a login of its own. */
export interface SerialLine {
  /** What was typed at its far end: UTF-8, in pieces of any size. */
  input(bytes: Uint8Array): void;
  /** The far end sent a break: a running kernel takes the next character for a command. */
  break(): void;
  /** What the machine has said since the last call, for a terminal that understands ECMA-48; the last 256 Ki characters of it. */
  take(): string;
}

/** Where firmware has the serial line. */
const firmwareStages: readonly StageName[] = ['post', 'setup', 'bootMenu', 'network'];
const kernelStages: readonly StageName[] = ['kernel', 'console', 'shutdown'];

/** Steps taken in one `advance`: far above any boot, so only a stage that never waits can reach it. */
const mostSteps = 100_000;

export function createMachine(options: MachineOptions): Machine {
  const identity = inventIdentity(options.name, options.seed);
  const random = createRandom(`${options.name}/${options.seed}/course`);
  const screen = createTextScreen();
  const keyboard = createKeyboard();
  const speed = options.speed ?? 1;
  const firmware = defaultFirmwareSettings();
  let now = options.now;
  let kernelStartedAt = now;
  let dueAt = now;
  let pending: StageName | undefined;
  let pointer: { x: number; y: number; buttons: number } | undefined;
  let name: StageName = 'off';
  let stage: Stage;
  let course: ReturnType<Stage['run']>;

  let override: BootOverride | undefined;
  const output = createSerialOutput();
  const redirected = () => !firmwareStages.includes(name) || firmware.values.serialRedirection !== 'Disabled';
  const say: StageContext['serial']['print'] = (text, ink) => {
    if (redirected()) output.print(text, ink);
  };

  const context: StageContext = {
    screen,
    serial: { print: say },
    both: {
      print(text, ink) {
        screen.print(text, ink);
        say(text, ink);
      },
    },
    get override() {
      return override && (override.to === 'disk' ? 'loader' : override.to);
    },
    identity,
    random,
    firmware,
    now: () => now,
    uptime: () => now - kernelStartedAt,
    go: (next) => {
      pending = next;
    },
    wake: () => {
      dueAt = now;
    },
    afterShutdown: 'off',
  };
  const enter = (next: StageName) => {
    pending = undefined;
    if (name === 'post' && next !== 'off' && next !== 'post' && !override?.persistent) override = undefined;
    name = next;
    if (next === 'kernel') kernelStartedAt = now;
    screen.clear();
    screen.showCursor(false);
    stage = stages[next](context);
    course = stage.run();
    dueAt = now;
  };
  const step = () => {
    const { done, value } = course.next();
    if (pending) enter(pending);
    else if (done) enter(value as StageName);
    else dueAt = now + Math.max(1, (value as number) / speed);
  };
  /** Runs what a handler made due, so that a key shows on the screen before anyone asks for the time. */
  const settle = () => {
    if (pending) enter(pending);
    for (let steps = 0; dueAt <= now && steps < mostSteps; steps++) step();
  };
  const reset = () => {
    keyboard.releaseAll();
    input.reset();
    enter('post');
    settle();
  };
  const setPower = (action: PowerAction) => {
    if (action === 'shutdown') {
      if (name === 'off' || name === 'shutdown') return;
      context.afterShutdown = 'off';
      enter(name === 'console' ? 'shutdown' : 'off');
    } else if (action === 'on') {
      if (name === 'off') enter('post');
    } else if (action === 'off') enter('off');
    else if (action === 'cycle' || name !== 'off') enter('post');
    settle();
  };
  const log = (text: string) => {
    const seconds = ((now - kernelStartedAt) / 1000).toFixed(6).padStart(12);
    output.print(`\n[${seconds}] ${text}`);
  };
  const input = createSerialInput({
    now: () => now,
    press(key) {
      if (stage.serialKey) stage.serialKey(key);
      else if (redirected()) stage.key?.(key);
      settle();
    },
    kernelRuns: () => kernelStages.includes(name),
    sysRq(character) {
      const target = {
        identity,
        log,
        reset,
        powerOff: () => setPower('off'),
        crash: () => enter('panic'),
      };
      answerSysRq(character, target);
      if (kernelStages.includes(name)) output.print('\n');
      settle();
    },
  });
  if (options.stage === 'console') kernelStartedAt = now - 40_000;
  enter(options.stage ?? 'post');
  settle();

  return {
    identity,
    screen,
    firmware,
    get stage() {
      return name;
    },
    get power() {
      return name === 'off' ? 'off' : 'on';
    },
    get dueAt() {
      return Math.min(dueAt, input.dueAt);
    },
    get ambient() {
      return (stage.ambient ?? false) && input.dueAt === Number.POSITIVE_INFINITY;
    },
    get pointer() {
      return name === 'off' ? undefined : pointer;
    },
    advance(until) {
      for (let steps = 0; steps < mostSteps; steps++) {
        const next = Math.min(dueAt, input.dueAt);
        if (next > until) break;
        now = Math.max(now, next);
        if (input.dueAt <= now) input.settle();
        else step();
      }
      now = Math.max(now, until);
    },
    key(keysym, down) {
      const press = keyboard.event(keysym, down);
      if (!press) return;
      if (name !== 'off' && isReset(press)) return reset();
      stage.key?.(press);
      settle();
    },
    pointerEvent(x, y, buttons) {
      const pressed = (buttons & 1) !== 0 && ((pointer?.buttons ?? 0) & 1) === 0;
      pointer = { ...clampToScreen(screen, x, y), buttons };
      stage.pointer?.({
        column: Math.floor(pointer.x / glyphWidth),
        row: Math.floor(pointer.y / glyphHeight),
        pressed,
      });
      settle();
    },
    releaseInput() {
      keyboard.releaseAll();
      if (pointer) pointer = { ...pointer, buttons: 0 };
    },
    setPower,
    interrupt() {
      if (!kernelStages.includes(name)) return;
      log('Uhhuh. NMI received for unknown reason 2d on CPU 0.');
      log('Dazed and confused, but trying to continue\n');
    },
    get bootOverride() {
      return override;
    },
    set bootOverride(next) {
      override = next;
    },
    serial: {
      input: (bytes) => input.feed(bytes),
      break: () => input.break(),
      take: () => output.take(),
    },
  };
}

function isReset({ name, control, alt }: KeyPress): boolean {
  return name === 'Delete' && control && alt;
}

function clampToScreen({ columns, rows }: TextScreen, x: number, y: number) {
  const within = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.trunc(value) || 0));
  return { x: within(x, columns * glyphWidth), y: within(y, rows * glyphHeight) };
}
