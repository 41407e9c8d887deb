import { MeshError } from '@consolemesh/errors';
import type { Redeemed } from '../admission/admit.ts';
import type { ProxyCore } from './core.ts';
import type { Readmit } from './reach-console.ts';

/** Asks for the place that a session has already once more: what was answered before may not be used twice. */
export function readmission(core: ProxyCore, redeemed: Redeemed, clientAddress: string): Readmit {
  return async () => {
    const { outcome } = await core.admitter.open(redeemed, { takeOver: false, clientAddress });
    if (outcome.kind === 'in-use') throw new MeshError('CONSOLE_IN_USE');
    return outcome.admission;
  };
}
