import type { ServerMessage } from './control-messages.ts';
import { type End, returnsByItself } from './end.ts';

/** The message that tells a client why it is over; `hasTicket`: it has something to come back with. */
export function closingMessage(end: End, hasTicket: boolean): ServerMessage {
  return {
    type: 'closing',
    reason: end.reason,
    message: end.message,
    canResume: returnsByItself(end.reason) && hasTicket,
    retryAfterMs: end.retryAfterMs ?? null,
  };
}
