import { type AuditEntry, consoleParts, timeText } from '../domain/audit.ts';
import { pause, type Scheduler } from '../scheduler.ts';
import type { ConductorStore, WriteUnit } from '../store/store.ts';
import type { Revocation, TokenPort } from '../token/token-port.ts';
import type { FailureLog } from './failure-log.ts';
import { follow, watchPauseMs } from './watch-drivers.ts';

/** Name of the cursor: the revision of the last revocation that is in the log. */
const cursorName = 'revocations';
/** Actor of revocations from before the token service kept who made them. */
const unknownActor = 'unknown';

/** What recording needs. */
export interface RecordRevocationsOptions {
  readonly store: ConductorStore;
  readonly token: Pick<TokenPort, 'watchRevocations'>;
  readonly scheduler: Scheduler;
  readonly failures: FailureLog;
}

/**
 * Writes every revocation of the token service down, once. All conductors follow; the cursor is put forward in the write that appends, so
 * that of two who hear of the same revocation the second finds it done. What was revoked while nobody followed is caught up; what the token
 * service does not keep any more is written down as a gap. Disposing waits for the write that runs.
 */
export function recordRevocations(options: RecordRevocationsOptions): AsyncDisposable {
  const { store, token, scheduler, failures } = options;
  const ended = new AbortController();
  const running = run();

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      try {
        await follow(scheduler, ended.signal, async (signal, alive) => {
          const seen = (await store.findCursor(cursorName)) ?? 0n;
          for await (const notice of token.watchRevocations(seen, signal)) {
            alive();
            failures.works(cursorName, {}, 'revocations are written down again');
            if (notice.kind === 'revocation') await record(store, notice.revocation);
            // What was there before the stream began cannot be missing now, unless it is another history.
            else if (notice.revision < seen) return beginAnew(store, seen, notice.revision);
            else await noteGap(store, notice.revision);
          }
        });
      } catch (error) {
        if (ended.signal.aborted) return;
        failures.failed(cursorName, error, {}, 'revocations cannot be followed; the log gets them later');
      }
      await pause(scheduler, watchPauseMs, ended.signal);
    }
  }

  return {
    async [Symbol.asyncDispose]() {
      ended.abort();
      await running;
    },
  };
}

async function record(store: ConductorStore, revocation: Revocation): Promise<void> {
  const { revision } = revocation;
  // Another conductor may have been faster: then a read is enough.
  if (revision <= ((await store.findCursor(cursorName)) ?? 0n)) return;
  await noteGap(store, revision - 1n);
  await store.write(async (unit) => {
    if (revision <= ((await unit.findCursor(cursorName)) ?? 0n)) return;
    await unit.audit(await entryOf(unit, revocation));
    await unit.putCursor(cursorName, revision);
  }, revocation.actor || unknownActor);
}

/** Everything that is kept up to a revision has been told: says what is not, and puts the cursor there. */
async function noteGap(store: ConductorStore, until: bigint): Promise<void> {
  const now = await store.findCursor(cursorName);
  if (now !== undefined && now >= until) return;
  await store.write(async (unit) => {
    const seen = await unit.findCursor(cursorName);
    if (seen !== undefined && seen >= until) return;
    await unit.putCursor(cursorName, until);
    // Whoever has never followed has missed nothing that was to be written down.
    if (seen === undefined) return;
    await unit.audit({ kind: 'audit.gap', fields: [`revocations=${seen + 1n}-${until}`] });
  });
}

/**
 * The token service has another history than the one that was followed: its database was replaced, or put back from a copy. What it keeps is
 * written down from the start; after a gap, a revision may therefore stand there a second time.
 */
async function beginAnew(store: ConductorStore, seen: bigint, newest: bigint): Promise<void> {
  await store.write(async (unit) => {
    if ((await unit.findCursor(cursorName)) !== seen) return;
    await unit.putCursor(cursorName, 0n);
    await unit.audit({ kind: 'audit.gap', fields: [`newest=${newest}`, `seen=${seen}`] });
  });
}

async function entryOf(unit: WriteUnit, revocation: Revocation): Promise<AuditEntry> {
  const { selector, revision, revoked, revokedAt } = revocation;
  const fields = [`at=${timeText(revokedAt)}`, `revision=${revision}`, `revoked=${revoked}`];
  const entry = { kind: 'token.revoked', fields } as const;
  switch (selector.by) {
    case 'tokenId':
      return { ...entry, tokenId: selector.value };
    case 'subject':
      return { ...entry, subject: selector.value };
    case 'sessionId':
      return { ...entry, sessionId: selector.value };
    case 'consoleId': {
      const console = await unit.findConsole(selector.value);
      return { ...entry, ...(console ? consoleParts(console) : { consoleId: selector.value }) };
    }
  }
}
