import { auditGenesis, createAuditCheck } from '@consolemesh/contracts';
import type { AuditEvent } from '@consolemesh/contracts/conductor';
import type { Conductor, Context } from '../../context.ts';
import { type ExitCode, UsageError } from '../../exit-codes.ts';

/** What verifying came to, as it is printed. */
interface Outcome {
  readonly intact: boolean;
  /** Events that fit. */
  readonly events: string;
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
  { anchor }: { anchor?: string },
): Promise<ExitCode | void> {
  if (anchor !== undefined && !/^[0-9a-f]{64}$/i.test(anchor)) {
    throw new UsageError(`--anchor ${anchor}: expected a hash of 64 hexadecimal digits`);
  }
  const { audit } = await context.conductor();
  const outcome = await check(allEvents(audit), anchor?.toLowerCase());
  context.show(outcome);
  if (outcome.intact && anchor === undefined) {
    context.note(
      'Note the last hash elsewhere: --anchor then shows whether the log was cut or written anew.',
    );
  }
  return outcome.intact ? undefined : 1;
}

async function check(events: AsyncIterable<AuditEvent>, anchor: string | undefined): Promise<Outcome> {
  const chain = createAuditCheck();
  let firstHash: string | undefined;
  let anchored = anchor === undefined || anchor === auditGenesis;
  const outcome = (more: Partial<Outcome>): Outcome => ({
    intact: false,
    events: `${chain.events}`,
    ...(firstHash === undefined ? {} : { firstHash, lastHash: chain.lastHash }),
    ...more,
  });
  for await (const event of events) {
    const problem = chain.add(event);
    if (problem !== undefined) return outcome({ brokenAt: `${chain.events + 1n}`, problem });
    firstHash ??= event.hash;
    anchored ||= event.hash === anchor;
  }
  return anchored
    ? outcome({ intact: true })
    : outcome({ problem: 'no event has the hash of the anchor: the log was cut or written anew' });
}

async function* allEvents(audit: Conductor['audit']): AsyncGenerator<AuditEvent> {
  for (let pageToken = ''; ; ) {
    const page = await audit.listAuditEvents({ oldestFirst: true, pageSize: 1000, pageToken });
    yield* page.events;
    if (page.nextPageToken === '') return;
    pageToken = page.nextPageToken;
  }
}
