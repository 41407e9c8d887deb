import { type ConsoleRecord, type Incarnation, incarnationOf } from './console.ts';

/**
 * What a console needs next, seen from its record alone.
 * - `rest`: nothing; it is off.
 * - `watch`: it is reachable; its driver says when that changes.
 * - `wait`: nothing before `until` (a back-off or a linger).
 * - `blocked`: nothing before the access to the node changes.
 * - `stop`: an incarnation exists that is not wanted.
 * - `choose`, `prepare`, `start`: the steps of a start.
 */
export type Work =
  | { readonly do: 'rest' }
  | { readonly do: 'watch'; readonly incarnation: Incarnation }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'blocked' }
  | { readonly do: 'stop'; readonly incarnation: Incarnation }
  | { readonly do: 'choose' }
  | { readonly do: 'prepare'; readonly incarnation: Incarnation }
  | { readonly do: 'start'; readonly incarnation: Incarnation };

/** Level-triggered: depends on what is stored, never on how it came to be. `openSessions` counts those that a linger waits for. */
export function nextWork(
  record: ConsoleRecord,
  view: { now: number; fingerprint: string; openSessions: number },
): Work {
  const incarnation = incarnationOf(record.state);
  const unwanted =
    incarnation && (record.desired === 'disabled' || incarnation.generation !== record.generation);
  if (record.desired === 'disabled' && !incarnation) return { do: 'rest' };
  if (
    unwanted &&
    record.lingerUntil !== undefined &&
    record.lingerUntil > view.now &&
    view.openSessions > 0
  ) {
    return { do: 'wait', until: record.lingerUntil };
  }
  const { retry } = record;
  if (retry.kind === 'blocked' && retry.fingerprint === view.fingerprint) return { do: 'blocked' };
  if (retry.kind === 'at' && retry.at > view.now) return { do: 'wait', until: retry.at };
  if (unwanted) return { do: 'stop', incarnation };
  if (!incarnation) return { do: 'choose' };
  switch (incarnation.progress) {
    case 'chosen':
      return { do: 'prepare', incarnation };
    case 'prepared':
    case 'containing':
      return { do: 'start', incarnation };
    case 'reachable':
      return { do: 'watch', incarnation };
  }
}
