import { MeshError } from '@consolemesh/errors';
import type { ProxyCore } from './core.ts';

/** Throws when nobody may be let in now, or not this address: DRAINING, SESSION_LIMIT, RATE_LIMITED, TOKEN_SERVICE_UNAVAILABLE, CONDUCTOR_UNAVAILABLE. */
export async function mayOpen(core: ProxyCore): Promise<void> {
  core.registry.check();
  if (!core.revocations.trustworthy) throw new MeshError('TOKEN_SERVICE_UNAVAILABLE');
  if (!core.kept.up && !(await core.kept.ready(core.times.conductorWaitMs))) {
    throw new MeshError('CONDUCTOR_UNAVAILABLE');
  }
}
