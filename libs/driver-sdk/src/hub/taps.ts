import type { Logger } from '@consolemesh/mesh';
import type { HubEvent } from './viewer/hub-event.ts';

/** What a recorder sees beside bytes: what viewers are told, and breaks. */
export type LineEvent = HubEvent | { readonly $case: 'break' };

/** Sees everything that a line says and everything that happens on it, in order, in the hub's own turn: it must not take long. */
export interface LineObserver {
  /** @param at ms since the epoch */
  bytes?(bytes: Buffer, at: number): void;
  event?(event: LineEvent, at: number): void;
}

/** The observers of one line. What one of them throws harms nobody. */
export function createTaps(now: () => number, logger: Logger) {
  const observers = new Set<LineObserver>();
  function each(show: (observer: LineObserver) => void): void {
    for (const observer of observers) {
      try {
        show(observer);
      } catch (error) {
        logger.warn({ err: error }, 'an observer of a serial line failed');
      }
    }
  }
  return {
    bytes: (bytes: Buffer) => each((observer) => observer.bytes?.(bytes, now())),
    event: (event: LineEvent) => each((observer) => observer.event?.(event, now())),
    add(observer: LineObserver): Disposable {
      observers.add(observer);
      return { [Symbol.dispose]: () => void observers.delete(observer) };
    },
  };
}
