import type { Logger } from '@consolemesh/mesh';

/** Tells the operator where nobody answers who is configured: once, until somebody does. */
export interface SilenceWatch<Entry> {
  /** In this round somebody behind the entry could not be asked. */
  failed(entry: Entry, error: unknown): void;
  /** A round is over. */
  round(entry: Entry, answered: boolean): void;
}

/** Waits for so many rounds without an answer. */
export function watchSilence<Entry extends { readonly type: string; readonly target: string }>(
  logger: Logger,
  silentRounds: number,
): SilenceWatch<Entry> {
  const silent = new Map<Entry, number>();
  const errors = new Map<Entry, unknown>();
  return {
    failed(entry, error) {
      logger.debug({ target: entry.target, err: error }, 'a plugin does not answer');
      errors.set(entry, error);
    },
    round(entry, answered) {
      const error = errors.get(entry);
      errors.delete(entry);
      if (answered) return void silent.delete(entry);
      const rounds = (silent.get(entry) ?? 0) + 1;
      silent.set(entry, rounds);
      if (rounds !== silentRounds) return;
      const why = error instanceof Error ? error.message : 'its name has no address';
      const { type, target } = entry;
      logger.warn({ type, target, why }, 'no plugin answers where one is configured');
    },
  };
}
