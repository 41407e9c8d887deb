import type { CreateConsoleUrlResponse } from '@consolemesh/contracts/conductor';
import type { Role as WireRole } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import { consoleParts } from '../domain/audit.ts';
import { consoleUrls } from '../domain/console-urls.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import { roleFromWire } from '../wire/kinds.ts';
import { requireConsole, type ServiceContext } from './context.ts';

/** For which console, as what, for whom. */
export interface UrlWish {
  readonly node: string;
  readonly kind: ConsoleKind;
  readonly role: WireRole;
  readonly ttlMs: number | undefined;
  readonly singleUse: boolean;
  readonly subject: string;
  /** Identity that asks for it. */
  readonly by: string;
}

/** Makes a token and the URLs that hold it. @throws MeshError CONSOLE_DISABLED, CONSOLE_NOT_READY, TOKEN_SERVICE_UNAVAILABLE */
export async function createConsoleUrl(
  context: ServiceContext,
  wish: UrlWish,
): Promise<CreateConsoleUrlResponse> {
  const { node, record } = await requireConsole(context.store, wish.node, wish.kind);
  if (wish.subject.length > 256)
    throw new MeshError('FIELD_INVALID', 'subject: expected at most 256 characters');
  const { observed } = record.state;
  if (record.desired === 'disabled') throw new MeshError('CONSOLE_DISABLED');
  if (observed !== 'ready' && observed !== 'degraded') {
    const why = record.lastError ? ` (${record.lastError.message})` : '';
    throw new MeshError('CONSOLE_NOT_READY', `The console is ${observed.toUpperCase()}, not READY${why}.`);
  }
  // Before the token is made: a missing setting must not leave tokens that nobody got.
  consoleUrls(context.proxyUrls, wish.kind, { nodeId: node.id, nodeName: node.name, token: '' });
  const issued = await context.token.issue({
    consoleId: record.id,
    generation: record.generation,
    kind: wish.kind,
    role: roleFromWire(wish.role),
    subject: wish.subject,
    ttlMs: wish.ttlMs,
    singleUse: wish.singleUse,
  });
  // Before the token is given to anybody: nobody gets one that the log does not know.
  await context.store.write(
    (unit) =>
      unit.audit({
        kind: 'token.issued',
        ...consoleParts(record),
        subject: wish.subject,
        role: roleFromWire(wish.role),
        tokenId: issued.tokenId,
      }),
    wish.by,
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
