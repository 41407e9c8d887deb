import { MeshError } from '@consolemesh/errors';
import { SealError, type Sealer } from '@consolemesh/store';

/** What the secrets of a node are bound to. */
export const nodeSeal = (id: string) => `node/${id}`;
/** What the secrets of a console are bound to. */
export const consoleSeal = (id: string) => `console/${id}`;

/** Opens a sealed value of a node. @throws MeshError SECRETS_UNREADABLE, which concerns this node alone */
export function openSealed(sealer: Sealer, sealed: Uint8Array, context: string, nodeName: string): string {
  try {
    return sealer.open(sealed, context).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    const advice = 'put the key back into the key ring, or write the secrets of the node anew';
    throw new MeshError('SECRETS_UNREADABLE', `The secrets of ${nodeName}: ${cause.message}; ${advice}.`, {
      cause,
      metadata: { node: nodeName },
    });
  }
}

/** Bytes that a row was read with, as they are written back: under the key that seals now, unless they cannot be opened. */
export function resealed(sealer: Sealer, sealed: Buffer, context: string): Buffer {
  try {
    return sealer.needsRotation(sealed) ? sealer.seal(sealer.open(sealed, context), context) : sealed;
  } catch (error) {
    if (error instanceof SealError) return sealed;
    throw error;
  }
}
