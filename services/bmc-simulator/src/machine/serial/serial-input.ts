import type { KeyPress } from '../keys.ts';
import { createKeyDecoder } from './decode-keys.ts';

/** What comes in on the serial line. */
export interface SerialInput {
  /** When `settle` has something to do; Infinity = not before the next input. */
  readonly dueAt: number;
  feed(bytes: Uint8Array): void;
  break(): void;
  /** Takes an escape that nothing followed for the key of that name. */
  settle(): void;
  /** Forgets what is half typed. */
  reset(): void;
}

export interface SerialInputOptions {
  now(): number;
  press(key: KeyPress): void;
  /** Whether a kernel is there that takes the character after a break for a command. */
  kernelRuns(): boolean;
  sysRq(character: string): void;
}

/** How long after an escape the rest of its sequence may come: packets are sent some 60 ms apart on some BMCs. */
const escapeMs = 120;
/** For so long after a break the kernel takes a character for a command (Linux, SYSRQ_TIMEOUT). */
const sysRqMs = 5000;

export function createSerialInput({ now, press, kernelRuns, sysRq }: SerialInputOptions): SerialInput {
  let text = new TextDecoder();
  let keys = createKeyDecoder();
  let escapeDueAt = Number.POSITIVE_INFINITY;
  let sysRqUntil = Number.NEGATIVE_INFINITY;

  const pressAll = (presses: readonly KeyPress[]) => {
    for (const key of presses) press(key);
  };

  return {
    get dueAt() {
      return escapeDueAt;
    },
    feed(bytes) {
      let characters = text.decode(bytes, { stream: true });
      if (characters !== '' && now() < sysRqUntil) {
        sysRqUntil = Number.NEGATIVE_INFINITY;
        const command = String.fromCodePoint(characters.codePointAt(0)!);
        characters = characters.slice(command.length);
        if (kernelRuns()) sysRq(command);
      }
      pressAll(keys.feed(characters));
      escapeDueAt = keys.undecided ? now() + escapeMs : Number.POSITIVE_INFINITY;
    },
    break() {
      if (kernelRuns()) sysRqUntil = now() + sysRqMs;
    },
    settle() {
      if (now() < escapeDueAt) return;
      escapeDueAt = Number.POSITIVE_INFINITY;
      pressAll(keys.flush());
    },
    reset() {
      text = new TextDecoder();
      keys = createKeyDecoder();
      escapeDueAt = Number.POSITIVE_INFINITY;
      sysRqUntil = Number.NEGATIVE_INFINITY;
    },
  };
}
