import type {
  IssueTokenRequest,
  RedeemTokenRequest,
  RevokeTokensRequest,
} from '@consolemesh/contracts/token';
import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import { fromDuration } from '@consolemesh/mesh';
import type { Selector } from './store.ts';
import type { Access, Kind } from './token.ts';
import { toKind, toRole } from './wire.ts';

/** Longest names and sentences that are accepted, in characters. */
const limits = { id: 255, subject: 256, message: 500 };

/** How long tokens may live, ms. */
export interface Ttl {
  readonly defaultMs: number;
  readonly maxMs: number;
}

/** What IssueToken asks for. Throws every mistake at once. */
export function readIssue(
  request: IssueTokenRequest,
  ttl: Ttl,
): Access & { ttlMs: number; singleUse: boolean } {
  const found: Violation[] = [];
  const consoleId = readText(request.key?.consoleId ?? '', 'key.console_id', limits.id, found);
  const subject = readText(request.subject, 'subject', limits.subject, found);
  const generation = request.key?.generation ?? 0n;
  if (generation < 1n) found.push(invalid('key.generation', 'must be 1 or more'));
  const kind = readKind(request.kind, found);
  const role = toRole(request.role);
  if (!role) found.push(invalid('role', 'must be control or view'));
  const ttlMs = fromDuration(request.ttl) ?? ttl.defaultMs;
  if (!(ttlMs >= 1)) found.push(invalid('ttl', 'must be longer than nothing'));
  if (ttlMs > ttl.maxMs) {
    found.push(
      invalid(
        'ttl',
        `must be at most ${ttl.maxMs / 1000} s; the setting CONSOLEMESH_TOKEN_TTL_MAX allows more`,
      ),
    );
  }
  if (found.length > 0 || !kind || !role) throw violationsError(found);
  return {
    consoleId,
    generation,
    kind,
    role,
    subject,
    ttlMs: Math.trunc(ttlMs),
    singleUse: request.singleUse,
  };
}

/** What RedeemToken presents. */
export interface RedeemRequest {
  readonly credential: { readonly kind: 'token' | 'ticket'; readonly text: string };
  readonly proxyId: string;
  readonly kind: Kind;
}

/** What RedeemToken asks for. Nothing is said about the credential itself: whatever it is, it is looked up. */
export function readRedeem(request: RedeemTokenRequest): RedeemRequest {
  const found: Violation[] = [];
  const proxyId = readText(request.proxyId, 'proxy_id', limits.id, found);
  const kind = readKind(request.kind, found);
  const { credential } = request;
  if (!credential) found.push(required('credential', 'set token or resume_ticket'));
  if (found.length > 0 || !kind || !credential) throw violationsError(found);
  return {
    credential: {
      kind: credential.$case === 'token' ? 'token' : 'ticket',
      text: credential.value,
    },
    proxyId,
    kind,
  };
}

/** What RevokeTokens means. */
export function readRevoke(request: RevokeTokensRequest): { selector: Selector; message: string } {
  const found: Violation[] = [];
  const { selector } = request;
  if (!selector) {
    throw new MeshError('FIELD_REQUIRED', 'selector: set token_id, console_id, subject or session_id', {
      violations: [required('selector', 'set token_id, console_id, subject or session_id')],
    });
  }
  const field = selector.$case.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const value = readText(selector.value, field, limits.subject, found);
  const message = request.message.trim();
  if (message.length > limits.message)
    found.push(invalid('message', `is longer than ${limits.message} characters`));
  if (/\p{Cc}/u.test(message)) found.push(invalid('message', 'holds control characters'));
  if (found.length > 0) throw violationsError(found);
  return { selector: { by: selector.$case, value }, message };
}

function readKind(value: RedeemTokenRequest['kind'], found: Violation[]): Kind | undefined {
  const kind = toKind(value);
  if (!kind) found.push(required('kind', 'must be graphical or serial'));
  return kind;
}

function readText(text: string, field: string, longest: number, found: Violation[]): string {
  if (text === '') found.push(required(field, 'is empty'));
  else if (text.length > longest) found.push(invalid(field, `is longer than ${longest} characters`));
  else if (/\p{Cc}/u.test(text)) found.push(invalid(field, 'holds control characters'));
  return text;
}

function required(field: string, message: string): Violation {
  return { field, reason: 'FIELD_REQUIRED', message };
}

function invalid(field: string, message: string): Violation {
  return { field, reason: 'FIELD_INVALID', message };
}
