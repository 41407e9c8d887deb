import { type AttachEvent, PenChange } from '@consolemesh/contracts/stream';
import type { PenNotice } from '../pen/pen.ts';

/** What viewers are told. */
export type HubEvent = NonNullable<AttachEvent['event']>;

const changes: Readonly<Record<PenNotice['change'], PenChange>> = {
  asked: PenChange.ASKED,
  given: PenChange.GIVEN,
  taken: PenChange.TAKEN,
  claimed: PenChange.CLAIMED,
  freed: PenChange.FREED,
};

/** A notice about the pen, as the contract says it. */
export function penEvent({ change, holder, previous, askedBy }: PenNotice): HubEvent {
  return {
    $case: 'pen',
    value: {
      sessionId: holder,
      askedBySessionId: askedBy,
      change: changes[change],
      previousSessionId: previous,
    },
  };
}
