import { violationsError } from '@consolemesh/errors';

/** Remembers operations by the id that their caller chose, so that a repeated call does nothing twice. */
export interface Operations {
  /** Runs `work`, or answers what it answered before under this id. A failed operation is forgotten. */
  once<T>(nodeId: string, operationId: string, what: string, work: () => Promise<T>): Promise<T>;
}

/** The contract promises ten minutes. */
const rememberedMs = 10 * 60_000;
const maxRemembered = 20_000;

/** No operation remembered. */
export function createOperations(now: () => number): Operations {
  const done = new Map<string, { what: string; at: number; result: Promise<unknown> }>();

  function forgetOld(): void {
    for (const [key, { at }] of done) {
      if (now() - at < rememberedMs && done.size <= maxRemembered) return;
      done.delete(key);
    }
  }

  return {
    once<T>(nodeId: string, operationId: string, what: string, work: () => Promise<T>): Promise<T> {
      const mistake = (reason: 'FIELD_REQUIRED' | 'FIELD_INVALID', message: string) =>
        Promise.reject(violationsError([{ field: 'operation_id', reason, message }]));
      if (operationId === '')
        return mistake('FIELD_REQUIRED', 'is not set; expected an id that the caller chose');
      if (operationId.length > 255) return mistake('FIELD_INVALID', 'is longer than 255 characters');
      forgetOld();
      const key = JSON.stringify([nodeId, operationId]);
      const known = done.get(key);
      if (known && known.what !== what)
        return mistake('FIELD_INVALID', `was used for another operation (${known.what})`);
      if (known) return known.result as Promise<T>;
      const result = work();
      done.set(key, { what, at: now(), result });
      result.catch(() => done.delete(key));
      return result;
    },
  };
}
