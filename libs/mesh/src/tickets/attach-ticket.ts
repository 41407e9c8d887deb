import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { MeshError } from '@consolemesh/errors';

/** What an Attach ticket allows: one session on one incarnation of one console, once, for a short time. */
export interface AttachTicket {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly sessionId: string;
  readonly subject: string;
  readonly role: 'control' | 'view';
  /** Milliseconds since the epoch; the holder's own clock judges it, with 30 s of tolerance. */
  readonly expiresAt: number;
}

/** A ticket that was verified; `nonce` is what its holder remembers to refuse a second use. */
export interface VerifiedTicket extends AttachTicket {
  readonly nonce: string;
}

/** Bytes of the HMAC at the end of a ticket. */
const macBytes = 32;
/** A ticket is never longer than this. */
const maxTicketBytes = 2048;
/** How far the clocks of conductor and holder may differ, ms. */
export const ticketClockTolerance = 30_000;

/**
 * Makes a ticket with the attach key (32 bytes) of the console's generation.
 *
 *     +---------+----------------------------------------------------------------+--------------------+
 *     | 1: 0x01 | UTF-8 JSON [consoleId, generation, sessionId, subject, role,   | 32: HMAC-SHA-256   |
 *     | version |            expiresAt, nonce]                                   | over all before it |
 *     +---------+----------------------------------------------------------------+--------------------+
 */
export function makeAttachTicket(attachKey: Buffer, ticket: AttachTicket): Buffer {
  const nonce = randomBytes(16).toString('base64url');
  const fields = [
    ticket.consoleId,
    ticket.generation.toString(),
    ticket.sessionId,
    ticket.subject,
    ticket.role,
    ticket.expiresAt,
    nonce,
  ];
  const body = Buffer.concat([Buffer.of(1), Buffer.from(JSON.stringify(fields))]);
  return Buffer.concat([body, mac(attachKey, body)]);
}

/** Verifies a ticket against the attach key and the time. Throws TICKET_INVALID without saying which check failed. */
export function verifyAttachTicket(attachKey: Buffer, ticket: Uint8Array, now: number): VerifiedTicket {
  const bytes = Buffer.from(ticket.buffer, ticket.byteOffset, ticket.byteLength);
  if (bytes.length <= macBytes + 1 || bytes.length > maxTicketBytes) throw new MeshError('TICKET_INVALID');
  const body = bytes.subarray(0, -macBytes);
  if (!timingSafeEqual(mac(attachKey, body), bytes.subarray(-macBytes)) || body[0] !== 1) {
    throw new MeshError('TICKET_INVALID');
  }
  const fields = JSON.parse(body.subarray(1).toString('utf8')) as [
    string,
    string,
    string,
    string,
    'control' | 'view',
    number,
    string,
  ];
  const [consoleId, generation, sessionId, subject, role, expiresAt, nonce] = fields;
  if (now > expiresAt + ticketClockTolerance) throw new MeshError('TICKET_INVALID');
  return { consoleId, generation: BigInt(generation), sessionId, subject, role, expiresAt, nonce };
}

/**
 * The console that a ticket claims to be for, not yet proven; a holder needs it to find the key.
 * Undefined when the bytes are no ticket.
 */
export function claimedConsole(ticket: Uint8Array): { consoleId: string; generation: bigint } | undefined {
  if (ticket.byteLength <= macBytes + 1 || ticket.byteLength > maxTicketBytes || ticket[0] !== 1)
    return undefined;
  try {
    const fields: unknown = JSON.parse(Buffer.from(ticket).subarray(1, -macBytes).toString('utf8'));
    if (!Array.isArray(fields) || typeof fields[0] !== 'string' || !/^\d{1,20}$/.test(String(fields[1]))) {
      return undefined;
    }
    return { consoleId: fields[0], generation: BigInt(String(fields[1])) };
  } catch {
    return undefined;
  }
}

function mac(key: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', key).update('consolemesh-attach-v1:').update(body).digest();
}
