import { MeshError } from '@consolemesh/errors';
import type { ProxyCore } from './core.ts';

/** Throws RATE_LIMITED, with the time to wait in its metadata, when an address opens too much. */
export function requireRate(core: ProxyCore, address: string): void {
  const wait = core.openings.take(address);
  if (wait > 0)
    throw new MeshError('RATE_LIMITED', undefined, { metadata: { retry_after_ms: String(wait) } });
}

/** Throws when nobody may be let in now: DRAINING, SESSION_LIMIT, TOKEN_SERVICE_UNAVAILABLE, CONDUCTOR_UNAVAILABLE. */
export async function mayOpen(core: ProxyCore): Promise<void> {
  core.registry.check();
  if (!core.revocations.trustworthy) throw new MeshError('TOKEN_SERVICE_UNAVAILABLE');
  if (!core.kept.up && !(await core.kept.ready(core.times.conductorWaitMs))) {
    throw new MeshError('CONDUCTOR_UNAVAILABLE');
  }
}
