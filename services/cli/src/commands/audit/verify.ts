import { auditGenesis, createAuditCheck } from '@consolemesh/contracts';
import type { AuditEvent } from '@consolemesh/contracts/conductor';
import type { Context } from '../../context.ts';
import { type ExitCode, UsageError } from '../../exit-codes.ts';
import { followEvents } from './follow-events.ts';
import { readExport } from './read-export.ts';

/** What verifying came to, as it is printed. */
interface Outcome {
  readonly intact: boolean;
  /** Events that fit. */
  readonly events: string;
  /** Sequence number of the last event that was deleted, as an event says, before the first that is there. */
  readonly prunedTo?: string;
  readonly firstHash?: string;
  /** Of the last event that fits. To be noted elsewhere, for `--anchor`. */
  readonly lastHash?: string;
  /** Sequence number of the first event that is missing or wrong. */
  readonly brokenAt?: string;
  readonly problem?: string;
}

/**
 * Reads every event and recomputes the chain here: nothing that the conductor says about it is believed. A chain alone cannot show that its
 * end was cut off, or that somebody who can write to the database has computed all of it anew; a hash noted elsewhere can.
 */
export async function verifyAuditLog(
  context: Context,
  { anchor, file }: { anchor?: string; file?: string },
): Promise<ExitCode | void> {
  if (anchor !== undefined && !/^[0-9a-f]{64}$/i.test(anchor)) {
    throw new UsageError(`--anchor ${anchor}: expected a hash of 64 hexadecimal digits`);
  }
  const events = file === undefined ? followEvents((await context.conductor()).audit) : readExport(file);
  const outcome = await check(events, anchor?.toLowerCase());
  context.show(outcome);
  if (outcome.intact && anchor === undefined) {
    context.note(
      'Note the last hash elsewhere: --anchor then shows whether the log was cut or written anew.',
    );
  }
  return outcome.intact ? undefined : 1;
}

const missingAnchor =
  'no event has the hash of the anchor: the log was cut or written anew, or the event is among those that were deleted for their age';

async function check(events: AsyncIterable<AuditEvent>, anchor: string | undefined): Promise<Outcome> {
  const chain = createAuditCheck();
  let firstHash: string | undefined;
  let anchored = anchor === undefined || anchor === auditGenesis;
  const outcome = (more: Partial<Outcome>): Outcome => ({
    intact: false,
    events: `${chain.events}`,
    ...(chain.start.sequence === 0n ? {} : { prunedTo: `${chain.start.sequence}` }),
    ...(firstHash === undefined ? {} : { firstHash, lastHash: chain.lastHash }),
    ...more,
  });
  for await (const event of events) {
    const problem = chain.add(event);
    if (problem !== undefined) return outcome({ brokenAt: `${chain.next}`, problem });
    firstHash ??= event.hash;
    anchored ||= chain.start.hash === anchor;
    anchored ||= event.hash === anchor;
  }
  const problem = chain.end();
  if (problem !== undefined) return outcome({ brokenAt: '1', problem });
  return anchored ? outcome({ intact: true }) : outcome({ problem: missingAnchor });
}
