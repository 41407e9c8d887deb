import type { KeyServiceImplementation } from '@consolemesh/contracts/conductor';
import type { Sealer } from '@consolemesh/store';
import type { ServiceContext } from './context.ts';

/** conductor.v1 KeyService. */
export function createKeyService(
  { store }: Pick<ServiceContext, 'store'>,
  sealer: Pick<Sealer, 'keyIds'>,
): KeyServiceImplementation {
  return {
    async listSealingKeys() {
      const present = sealer.keyIds();
      const counts = await store.seals.count();
      return {
        keys: counts.map(({ keyId, nodes, consoles }) => ({
          keyId,
          active: keyId === present[0],
          present: present.includes(keyId),
          nodes: BigInt(nodes),
          consoles: BigInt(consoles),
        })),
      };
    },
  };
}
