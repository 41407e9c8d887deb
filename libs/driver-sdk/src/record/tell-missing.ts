import type { LogEntry } from './log-entry.ts';

/** Says what is missing, for a person. */
export interface MissingEvent {
  readonly kind: 'missing';
  readonly message: string;
}

/**
 * Finds what a log cannot have by what it has: generations that were not recorded here, and recordings that did not end. Nobody can tell from
 * one instance's files what another has, so the sentences say what it may be.
 */
export function createMissingNotes() {
  let known: { generation: bigint; at: number; ended: boolean } | undefined;

  function beforeStart(generation: bigint, begins: boolean): string | undefined {
    if (!known) return begins && generation > 1n ? earlier : undefined;
    const since = new Date(known.at).toISOString();
    if (!known.ended) return `Recording broke off at ${since}. ${elsewhere}`;
    if (generation > known.generation + 1n) {
      return `Generations between ${known.generation} and ${generation} are not here. ${elsewhere}`;
    }
    return generation === known.generation
      ? `Nothing was recorded here from ${since} on. ${elsewhere}`
      : undefined;
  }

  return {
    /** What is missing right before an entry; `begins`: it is the first of all that there are. */
    before(entry: LogEntry, begins: boolean): MissingEvent | undefined {
      const { kind, at } = entry;
      let message: string | undefined;
      if (kind === 'started') {
        const generation = generationOf(entry);
        message = beforeStart(generation, begins);
        known = { generation, at, ended: false };
      } else {
        if (begins) message = 'The beginning of the log was deleted: there is a limit to its size and age.';
        if (known) known = { ...known, at, ended: kind === 'stopped' };
      }
      return message === undefined ? undefined : { kind: 'missing', message };
    },
    /** A part was deleted while it was waited for. */
    deleted: (): MissingEvent => ({
      kind: 'missing',
      message: 'A part of the log was deleted while it was read: there is a limit to its size and age.',
    }),
  };
}

const elsewhere =
  'If another instance held the console meanwhile, what it has recorded lies on its machine and is not shown.';
const earlier =
  'What was before is not here: it was not recorded, or was recorded by another instance, or was deleted for its size or age.';

/** The generation that an entry `started` names. */
export function generationOf({ note }: LogEntry): bigint {
  return /^\d{1,20}$/.test(note) ? BigInt(note) : 0n;
}
