import { eventually } from '../../harness/eventually.ts';

/** Asks every half second, because a question may start a process. @throws when it is not so in time, with what was answered last */
export function withinMs<T>(ms: number, what: string, ask: () => Promise<T>): Promise<T> {
  return eventually(ask, Boolean, { what, withinMs: ms, everyMs: 500 });
}
