import { MeshError } from '@consolemesh/errors';
import type { Client } from './client.ts';
import type { ProxyCore } from './core.ts';
import { countReason } from './counters.ts';
import { endOfError } from './end.ts';
import type { Opening } from './opening.ts';

/** Tells a client that was not let in why, counts it and logs it. */
export function refuse(core: ProxyCore, client: Client, opening: Opening, error: unknown): void {
  const end = endOfError(error);
  opening.end(end);
  if (client.gone()) return;
  if (!(error instanceof MeshError)) core.logger.error({ err: error }, 'an opening broke');
  countReason(core.counters.refused, end.reason);
  core.logger.info({ client: client.address, reason: end.reason, detail: end.message }, 'refused a client');
  client.close(end);
}
