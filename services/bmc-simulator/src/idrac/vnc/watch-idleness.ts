import type { Clock } from '../../clock.ts';

/** Follows whether a viewer does something. */
export interface IdleWatch extends Disposable {
  /** It did something just now. */
  touch(): void;
}

/**
 * Calls `onIdle` once nothing was touched for as long as `limitMs` says; asked anew each time, so that a changed limit
 * counts for whoever is already there from the next look on.
 */
export function watchIdleness(clock: Clock, limitMs: () => number, onIdle: () => void): IdleWatch {
  let touchedAt = clock.now();
  let timer: Disposable | undefined;
  const look = () => {
    const left = touchedAt + limitMs() - clock.now();
    if (left <= 0) return onIdle();
    timer = clock.after(left, look);
  };
  look();
  return {
    touch() {
      touchedAt = clock.now();
    },
    [Symbol.dispose]: () => timer?.[Symbol.dispose](),
  };
}
