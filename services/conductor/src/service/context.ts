import { MeshError } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import type { ConsoleRecord } from '../domain/console.ts';
import type { ProxyUrls } from '../domain/console-urls.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import type { Node } from '../domain/node.ts';
import type { Action } from '../domain/policy.ts';
import type { Plugins } from '../plugins/plugins.ts';
import type { ChangeFeed } from '../reconciler/change-feed.ts';
import type { Scheduler } from '../scheduler.ts';
import type { ConductorStore, Reads } from '../store/store.ts';
import type { TokenPort } from '../token/token-port.ts';
import { type Caller, decide } from './caller.ts';

/** What the services work with. */
export interface ServiceContext {
  readonly store: ConductorStore;
  readonly feed: ChangeFeed;
  readonly plugins: Plugins;
  readonly token: TokenPort;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly proxyUrls: ProxyUrls;
  /** Most sessions of one console, whatever its endpoint says. */
  readonly maxSessions: number;
}

/** A node, and how much of it the caller may see. */
export interface Allowed {
  readonly node: Node;
  readonly reduced: boolean;
}

/**
 * The node that a request names, for something that the caller wants to do there. Who may not know of it is told the same as for one that
 * does not exist.
 * @throws MeshError NODE_NOT_FOUND, PERMISSION_DENIED
 */
export async function requireNode(
  reads: Pick<Reads, 'findNode'>,
  idOrName: string,
  caller: Caller,
  action: Action,
): Promise<Allowed> {
  if (idOrName === '') {
    throw new MeshError('FIELD_REQUIRED', 'node: say which node is meant, by UUID or name.', {
      violations: [{ field: 'node', reason: 'FIELD_REQUIRED', message: 'expected a UUID or a name' }],
    });
  }
  const node = idOrName.length <= 255 ? await reads.findNode(idOrName) : undefined;
  const allowed = node && decide(caller, action, node);
  if (!node || !allowed) {
    throw new MeshError('NODE_NOT_FOUND', `There is no node ${idOrName.slice(0, 80)}.`, {
      metadata: { node: idOrName.slice(0, 80) },
    });
  }
  return { node, reduced: allowed === 'reduced' };
}

/** The node and its console of a kind. @throws MeshError NODE_NOT_FOUND, PERMISSION_DENIED, CONSOLE_NOT_FOUND */
export async function requireConsole(
  reads: Pick<Reads, 'findNode' | 'consolesOfNode'>,
  idOrName: string,
  kind: ConsoleKind,
  caller: Caller,
  action: Action,
): Promise<Allowed & { record: ConsoleRecord }> {
  const { node, reduced } = await requireNode(reads, idOrName, caller, action);
  const record = (await reads.consolesOfNode(node.id)).find((item) => item.kind === kind);
  if (!record) throw new MeshError('CONSOLE_NOT_FOUND');
  return { node, record, reduced };
}
