import { type Clock, systemClock } from '@consolemesh/ipmi';

/** Makes few pieces out of many small ones: each costs a viewer a message, and BMCs send about a hundred characters at a time. */
export interface Gatherer {
  add(bytes: Buffer): void;
  /** Passes on what waits. */
  flush(): void;
}

/** Longest time that bytes wait, ms: not to be noticed by somebody who types. */
const windowMs = 20;
/** What is so much is passed on at once. */
const mostBytes = 16 * 1024;

/** Passes on at once what comes after a pause, such as the echo of a key, and together what follows within 20 ms. */
export function gatherBytes(emit: (bytes: Buffer) => void, clock: Clock = systemClock): Gatherer {
  let waiting: Buffer[] = [];
  let size = 0;
  let timer: Disposable | undefined;

  function flush(): void {
    if (size === 0) return;
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
    emit(bytes);
  }

  function arm(): void {
    timer = clock.after(windowMs, () => {
      timer = undefined;
      if (size === 0) return;
      flush();
      arm();
    });
  }

  return {
    flush,
    add(bytes) {
      waiting.push(bytes);
      size += bytes.length;
      if (!timer || size >= mostBytes) flush();
      if (!timer) arm();
    },
  };
}
