import { type ConsoleRecord, incarnationOf } from './console.ts';

/**
 * The user wants the console off. What exists at the plugins goes to `stopping`; without anything there it is off at once.
 * `lingerUntil` (ms since the epoch) lets open sessions go on; nothing new is admitted meanwhile.
 */
export function disable(record: ConsoleRecord, lingerUntil: number | undefined): ConsoleRecord {
  const incarnation = incarnationOf(record.state);
  const linger = incarnation ? lingerUntil : undefined;
  if (record.desired === 'disabled') {
    // A second call without a linger, or with a shorter one, ends the waiting.
    const sooner = record.lingerUntil !== undefined && (linger ?? 0) < record.lingerUntil;
    return sooner ? { ...record, lingerUntil: linger } : record;
  }
  return {
    ...record,
    desired: 'disabled',
    state: incarnation ? { observed: 'stopping', incarnation } : { observed: 'stopped' },
    retry: { kind: 'none' },
    lingerUntil: linger,
    ...(incarnation ? {} : { lastError: undefined, conditions: [] }),
  };
}
