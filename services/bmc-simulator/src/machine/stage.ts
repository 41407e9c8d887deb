import type { TextScreen } from '../screen/text-screen.ts';
import type { FirmwareSettings } from './firmware-settings.ts';
import type { Identity } from './identity.ts';
import type { KeyPress } from './keys.ts';
import type { Random } from './random.ts';

/**
 * What the machine is doing:
 * ```
 *  off ──> post ──> loader ──> kernel ──> console ──> shutdown ──> off / post
 *            │ F2: setup ──> post             (Ctrl-Alt-Del and reset lead to post from everywhere)
 *            │ F11: bootMenu ──> loader / network
 *            └ F12, or first in the boot order: network ──> loader
 *  A crash leads from kernel and console to panic, and that to post.
 * ```
 */
export type StageName =
  | 'off'
  | 'post'
  | 'setup'
  | 'bootMenu'
  | 'network'
  | 'loader'
  | 'kernel'
  | 'console'
  | 'panic'
  | 'shutdown';

/** The pointer in cells, and what happened. */
export interface PointerInput {
  readonly column: number;
  readonly row: number;
  /** The left button went down with this event. */
  readonly pressed: boolean;
}

/** What a stage may use and do. */
export interface StageContext {
  readonly screen: TextScreen;
  /** The serial line; firmware says nothing there while its redirection is disabled. */
  readonly serial: Pick<TextScreen, 'print'>;
  /** Screen and serial line at once. */
  readonly both: Pick<TextScreen, 'print'>;
  readonly identity: Identity;
  readonly random: Random;
  /** Kept while the power is off, as in a machine's flash. */
  readonly firmware: FirmwareSettings;
  /** Milliseconds since the Unix epoch, by the machine's own clock. */
  now(): number;
  /** Milliseconds since the kernel started. */
  uptime(): number;
  /** Leaves this stage as soon as the current step or handler has returned. */
  go(next: StageName): void;
  /** Continues `run` now instead of at the end of the wait it yielded. */
  wake(): void;
  /** What the self test leads to this time, whatever the boot order says. */
  readonly override: StageName | undefined;
  /** What `shutdown` leads to. */
  afterShutdown: 'off' | 'post';
}

/** One thing the machine does with its screen, from entering it until it leaves. */
export interface Stage {
  /**
   * The stage's course: each yield waits that many milliseconds (`Infinity` = until woken), the return value is the next
   * stage. Draws, but starts nothing: whoever runs the machine owns the timers.
   */
  run(): Generator<number, StageName, undefined>;
  key?(key: KeyPress): void;
  /** A key from the serial line; without this it counts as one of the keyboard's, if firmware redirects them. */
  serialKey?(key: KeyPress): void;
  pointer?(pointer: PointerInput): void;
  /** True while the next step only decorates the screen, so nobody misses it when nobody looks. */
  readonly ambient?: boolean;
}

export type StageFactory = (context: StageContext) => Stage;
