import { type Clock, systemClock } from '@consolemesh/ipmi';

/** Makes few pieces out of many small ones: each costs a viewer a message, and BMCs send about a hundred characters at a time. */
export interface Gatherer {
  add(bytes: Buffer): void;
  /** Passes on what waits. */
  flush(): void;
}

/** A moment that many wait for together. */
export interface Beat {
  /** Does this work once, at the next beat. */
  next(work: () => void): void;
}

/** Longest time that bytes wait, ms: 25 pictures a second, as in films. What is typed does not wait, for its echo comes after a pause. */
const windowMs = 40;
/** What is so much is passed on at once. */
const mostBytes = 16 * 1024;

/** One timer for all lines: what they say leaves in one turn, so that the messages to one proxy share a system call. */
export function createBeat(clock: Clock = systemClock): Beat {
  let due: (() => void)[] = [];
  function fire(): void {
    const now = due;
    due = [];
    for (const work of now) work();
  }
  return {
    next(work) {
      if (due.length === 0) clock.after(windowMs, fire);
      due.push(work);
    },
  };
}

/** Passes on at once what comes after a pause, such as the echo of a key, and together what follows until the next beat. */
export function gatherBytes(emit: (bytes: Buffer) => void, beat: Beat): Gatherer {
  let waiting: Buffer[] = [];
  let size = 0;
  let paused = true;

  function flush(): void {
    if (size === 0) return;
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
    emit(bytes);
  }

  function onBeat(): void {
    paused = size === 0;
    if (paused) return;
    flush();
    beat.next(onBeat);
  }

  return {
    flush,
    add(bytes) {
      waiting.push(bytes);
      size += bytes.length;
      if (paused || size >= mostBytes) flush();
      if (!paused) return;
      paused = false;
      beat.next(onBeat);
    },
  };
}
