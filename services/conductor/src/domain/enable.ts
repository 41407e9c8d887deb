import { type ConsoleRecord, incarnationOf } from './console.ts';

/**
 * The user wants the console on. From disabled: a new generation. Already enabled: unchanged, unless it has failed, which is tried again
 * at once; where only other credentials can help, that is left until they have changed (`fingerprint` is today's).
 */
export function enable(record: ConsoleRecord, fingerprint: string): ConsoleRecord {
  if (record.desired === 'enabled') return tryAgain(record, fingerprint);
  return wantNew({ ...record, desired: 'enabled', lingerUntil: undefined });
}

/** Driver, options, credentials or route have changed: an enabled console is made anew, and what has failed is tried at once. */
export function accessChanged(record: ConsoleRecord): ConsoleRecord {
  if (record.desired === 'disabled') {
    return record.retry.kind === 'none' ? record : { ...record, retry: { kind: 'none' } };
  }
  return wantNew(record);
}

function wantNew(record: ConsoleRecord): ConsoleRecord {
  const incarnation = incarnationOf(record.state);
  return {
    ...record,
    generation: record.generation + 1n,
    // What still exists of an older incarnation is stopped first; until then the console is on its way down.
    state: incarnation
      ? { observed: 'stopping', incarnation }
      : { observed: 'starting', incarnation: undefined },
    retry: { kind: 'none' },
    lastError: undefined,
    // What the older one has changed at its machine has to be known until it is put back.
    conditions: incarnation ? record.conditions.filter(({ type }) => type === 'Prepared') : [],
  };
}

function tryAgain(record: ConsoleRecord, fingerprint: string): ConsoleRecord {
  if (record.state.observed !== 'failed') return record;
  if (record.retry.kind === 'blocked' && record.retry.fingerprint === fingerprint) return record;
  return {
    ...record,
    state: { observed: 'starting', incarnation: record.state.incarnation },
    retry: { kind: 'none' },
  };
}
