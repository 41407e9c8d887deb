import type { CreateConsoleUrlResponse } from '@consolemesh/contracts/conductor';
import type { Role as WireRole } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import { consoleParts } from '../domain/audit.ts';
import { consoleUrls } from '../domain/console-urls.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import { roleFromWire } from '../wire/kinds.ts';
import { meaningOf } from '../wire/reduced.ts';
import { type Caller, decideAnywhere } from './caller.ts';
import { requireConsole, type ServiceContext } from './context.ts';

/** For which console, as what, for whom. */
export interface UrlWish {
  readonly node: string;
  readonly kind: ConsoleKind;
  readonly role: WireRole;
  readonly ttlMs: number | undefined;
  readonly singleUse: boolean;
  /** Who it is for; empty for the caller. */
  readonly subject: string;
  readonly caller: Caller;
}

/** Makes a token and the URLs that hold it. @throws MeshError PERMISSION_DENIED, CONSOLE_DISABLED, CONSOLE_NOT_READY, TOKEN_SERVICE_UNAVAILABLE */
export async function createConsoleUrl(
  context: ServiceContext,
  wish: UrlWish,
): Promise<CreateConsoleUrlResponse> {
  const { caller } = wish;
  const found = await requireConsole(context.store, wish.node, wish.kind, caller, 'console.open');
  const { node, record, reduced } = found;
  const subject = wish.subject || caller.subject;
  // A service that calls in somebody's place knows for whom: its users may have names of another kind.
  if (subject !== caller.subject && !caller.onBehalf) decideAnywhere(caller, 'console.open-for-others');
  if (subject.length > 256) throw new MeshError('FIELD_INVALID', 'subject: expected at most 256 characters');
  const { observed } = record.state;
  if (record.desired === 'disabled') throw new MeshError('CONSOLE_DISABLED');
  if (observed !== 'ready' && observed !== 'degraded') {
    const error = record.lastError;
    const why = error ? ` (${reduced ? meaningOf(error.reason) : error.message})` : '';
    throw new MeshError('CONSOLE_NOT_READY', `The console is ${observed.toUpperCase()}, not READY${why}.`);
  }
  // Before the token is made: a missing setting must not leave tokens that nobody got.
  consoleUrls(context.proxyUrls, wish.kind, { nodeId: node.id, nodeName: node.name, token: '' });
  const issued = await context.token.issue({
    consoleId: record.id,
    generation: record.generation,
    kind: wish.kind,
    role: roleFromWire(wish.role),
    subject,
    ttlMs: wish.ttlMs,
    singleUse: wish.singleUse,
  });
  // Before the token is given to anybody: nobody gets one that the log does not know.
  await context.store.write(
    (unit) =>
      unit.audit({
        kind: 'token.issued',
        ...consoleParts(record),
        subject,
        role: roleFromWire(wish.role),
        tokenId: issued.tokenId,
      }),
    caller.actor,
  );
  return {
    ...consoleUrls(context.proxyUrls, wish.kind, {
      nodeId: node.id,
      nodeName: node.name,
      token: issued.token,
    }),
    token: issued.token,
    tokenId: issued.tokenId,
    expiresAt: toTimestamp(issued.expiresAt),
  };
}
