import { MeshError } from '@consolemesh/errors';
import { pause, type Scheduler } from '../scheduler.ts';

/** Lets so many at a time do something, for each key by itself, in the order they came. */
export interface Limiter {
  /** @throws MeshError CANCELLED when `signal` is aborted before its turn. */
  run<T>(key: string, signal: AbortSignal, task: () => Promise<T>): Promise<T>;
}

/** A limiter. */
export function createLimiter(most: number): Limiter {
  const places = new Map<string, { taken: number; waiting: Set<() => void> }>();
  return {
    async run(key, signal, task) {
      const place = places.get(key) ?? { taken: 0, waiting: new Set() };
      places.set(key, place);
      if (place.taken >= most) await turn(place.waiting, signal);
      else place.taken += 1;
      try {
        return await task();
      } finally {
        const [next] = place.waiting;
        if (next) next();
        else {
          place.taken -= 1;
          if (place.taken === 0) places.delete(key);
        }
      }
    },
  };
}

/** Whoever leaves hands its place over by calling `enter`. */
function turn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const enter = () => {
      waiting.delete(enter);
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      waiting.delete(enter);
      reject(new MeshError('CANCELLED'));
    };
    if (signal.aborted) return leave();
    waiting.add(enter);
    signal.addEventListener('abort', leave, { once: true });
  });
}

/** Spreads things out: `perSecond` of them at most, in even steps after a first burst of a tenth of a second. */
export function createPacer(scheduler: Scheduler, perSecond: number): (signal: AbortSignal) => Promise<void> {
  const step = 1_000 / perSecond;
  let next = 0;
  return async (signal) => {
    const now = scheduler.now();
    next = Math.max(next, now - 100) + step;
    if (next > now) await pause(scheduler, next - now, signal);
  };
}
