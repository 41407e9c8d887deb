import { MeshError } from '@consolemesh/errors';
import { ticketClockTolerance, type VerifiedTicket, verifyAttachTicket } from '@consolemesh/mesh';

/** Judges the Attach tickets of one incarnation of one console; each is good once. */
export interface TicketCheck {
  /** @throws MeshError TICKET_INVALID, RATE_LIMITED when more tickets are remembered than are allowed */
  admit(ticket: Uint8Array): VerifiedTicket;
}

/** A ticket lives 60 s, so this is 16 openings a second of one console; more is no honest use. */
const maxRemembered = 1_000;

/** A check that has seen no ticket. */
export function createTicketCheck(
  of: { readonly consoleId: string; readonly generation: bigint; readonly attachKey: Buffer },
  now: () => number,
): TicketCheck {
  /** Nonces that were used, and until when they have to be remembered. In the order of their use. */
  const used = new Map<string, number>();

  return {
    admit(bytes) {
      const ticket = verifyAttachTicket(of.attachKey, bytes, now());
      if (
        ticket.consoleId !== of.consoleId ||
        ticket.generation !== of.generation ||
        used.has(ticket.nonce)
      ) {
        throw new MeshError('TICKET_INVALID');
      }
      for (const [nonce, until] of used) if (until < now()) used.delete(nonce);
      if (used.size >= maxRemembered) throw new MeshError('RATE_LIMITED');
      used.set(ticket.nonce, ticket.expiresAt + ticketClockTolerance);
      return ticket;
    },
  };
}
