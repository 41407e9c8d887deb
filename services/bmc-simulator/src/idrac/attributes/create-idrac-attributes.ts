import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Refusal } from '../bmc/messages.ts';
import { type IdracAttribute, nameOf } from './attribute.ts';
import { validateValue } from './validate-value.ts';

/** By which way a write came: a face, a configuration job, or somebody at the server itself. */
export type Via = 'wsman' | 'redfish' | 'job' | 'local';

/** A write as the journal keeps it. */
export interface AttributeWrite {
  /** Counts from 1, refused ones too. */
  readonly number: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly via: Via;
  /** The user; for a job its id. */
  readonly who: string;
  /** Whether current values were to change, or pending ones that wait for a job. */
  readonly target: 'current' | 'pending';
  readonly values: readonly WrittenValue[];
}

export interface WrittenValue {
  /** `VNCServer.1#Password` */
  readonly name: string;
  /** What was written; asterisks for a secret. */
  readonly value: string;
  /** The same for the same value and within the same iDRAC only: compare it with `fingerprint(value)`. */
  readonly fingerprint: string;
}

export interface JournalEntry extends AttributeWrite {
  /** `ignored`: answered with success and not done. */
  readonly outcome: 'applied' | 'refused' | 'ignored';
  readonly refusal?: Refusal;
}

/** Called around every write that is not refused, so that a test can end something exactly there. The iDRAC waits for the promise. */
export interface WriteHooks {
  beforeWrite?: ((write: AttributeWrite) => Promise<void> | void) | undefined;
  afterWrite?: ((write: AttributeWrite) => Promise<void> | void) | undefined;
}

export interface WriteRequest {
  readonly via: Via;
  readonly who: string;
  readonly values: ReadonlyMap<string, string>;
  /** `current` unless told. */
  readonly target?: 'current' | 'pending' | undefined;
  /** Answer with success and change nothing. */
  readonly ignore?: boolean | undefined;
  /** The values before the first wrong one stay changed; otherwise all or none. */
  readonly partial?: boolean | undefined;
}

/** The attributes of one iDRAC card with their values. */
export interface IdracAttributes {
  readonly definitions: readonly IdracAttribute[];
  /** Put into a test's hands; the object may be changed at any time. */
  readonly hooks: WriteHooks;
  /** The last 10,000 writes, oldest first. */
  readonly journal: readonly JournalEntry[];
  definition(name: string): IdracAttribute | undefined;
  /** The value now, secrets too; undefined = nil, or no such attribute. */
  current(name: string): string | undefined;
  /** The value that waits for a job. */
  pending(name: string): string | undefined;
  /** Names whose value waits. */
  readonly pendingNames: readonly string[];
  /** Changes values as a face does, with validation, journal and hooks; answers what it refused. */
  write(request: WriteRequest): Promise<Refusal | undefined>;
  /** Makes pending values current. */
  applyPending(names: readonly string[], job: string): Promise<void>;
  /** Forgets what waits for a job. */
  dropPending(): void;
  /** Changes a value as somebody at the server does: nothing asks whether it may be written. */
  set(name: string, value: string): Promise<void>;
  /** What the card reports itself, e.g. `VNCServer.1#ActiveSessions`: no journal, no listener. */
  report(name: string, value: string): void;
  fingerprint(value: string): string;
  /** Called with the names whose current value changed, before the write is answered. */
  onChange(listener: (names: readonly string[]) => Promise<void> | void): Disposable;
}

export interface AttributesOptions {
  readonly definitions: readonly IdracAttribute[];
  readonly clock: Clock;
  readonly hooks?: WriteHooks | undefined;
}

export function createIdracAttributes(options: AttributesOptions): IdracAttributes {
  const { definitions, hooks = {} } = options;
  const byName = new Map(definitions.map((attribute) => [nameOf(attribute), attribute]));
  const values = createValues(definitions);
  const journal = createJournal(options.clock, (name) => byName.get(name)?.secret ?? false);

  const perform = async (request: WriteRequest) => {
    const write = journal.describe(request);
    await hooks.beforeWrite?.(write);
    if (!request.ignore) await values.apply(request.values, write.target);
    journal.record({ ...write, outcome: request.ignore ? 'ignored' : 'applied' });
    await hooks.afterWrite?.(write);
  };
  const write = async (request: WriteRequest): Promise<Refusal | undefined> => {
    const good = new Map<string, string>();
    for (const [name, value] of request.values) {
      const refusal = validateValue(name, byName.get(name), value);
      if (refusal) {
        journal.record({ ...journal.describe(request), outcome: 'refused', refusal });
        if (request.partial && good.size > 0) await perform({ ...request, values: good });
        return refusal;
      }
      good.set(name, value);
    }
    await perform(request);
    return undefined;
  };

  return {
    definitions,
    hooks,
    journal: journal.entries,
    definition: (name) => byName.get(name),
    current: (name) => values.current.get(name),
    pending: (name) => values.pending.get(name),
    get pendingNames() {
      return [...values.pending.keys()];
    },
    write,
    async applyPending(names, job) {
      const due = [...values.pending].filter(([name]) => names.includes(name));
      if (due.length > 0) await perform({ via: 'job', who: job, values: new Map(due) });
    },
    dropPending: () => values.pending.clear(),
    async set(name, value) {
      if (!byName.has(name)) throw new TypeError(`the simulated iDRAC has no attribute ${name}`);
      await perform({ via: 'local', who: 'local', values: new Map([[name, value]]) });
    },
    report: (name, value) => void (values.current.has(name) && values.current.set(name, value)),
    fingerprint: journal.fingerprint,
    onChange: values.onChange,
  };
}

/** Current and pending values, and who is told of changes. */
function createValues(definitions: readonly IdracAttribute[]) {
  const current = new Map(definitions.map((attribute) => [nameOf(attribute), attribute.value]));
  const pending = new Map<string, string>();
  const listeners = new Set<(names: readonly string[]) => Promise<void> | void>();
  return {
    current,
    pending,
    async apply(values: ReadonlyMap<string, string>, target: 'current' | 'pending'): Promise<void> {
      if (target === 'pending') {
        for (const [name, value] of values) pending.set(name, value);
        return;
      }
      const changed = [...values].filter(([name, value]) => current.get(name) !== value);
      for (const [name, value] of values) {
        current.set(name, value);
        pending.delete(name);
      }
      const names = changed.map(([name]) => name);
      if (names.length > 0) for (const listener of listeners) await listener(names);
    },
    onChange(listener: (names: readonly string[]) => Promise<void> | void): Disposable {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}

const longestJournal = 10_000;

function createJournal(clock: Clock, isSecret: (name: string) => boolean) {
  const entries: JournalEntry[] = [];
  const key = randomBytes(16);
  let count = 0;
  const fingerprint = (value: string) => createHmac('sha256', key).update(value).digest('hex');
  return {
    entries,
    fingerprint,
    describe({ via, who, target = 'current', values }: WriteRequest): AttributeWrite {
      const written = [...values].map(([name, value]) => ({
        name,
        value: isSecret(name) ? '********' : value,
        fingerprint: fingerprint(value),
      }));
      return { number: ++count, at: clock.now(), via, who, target, values: written };
    },
    record(entry: JournalEntry): void {
      entries.push(entry);
      if (entries.length > longestJournal) entries.shift();
    },
  };
}
