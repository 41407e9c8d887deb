import { MeshError } from '@consolemesh/errors';
import type { DracNode } from './options.ts';

/**
 * Refuses a VNC server without TLS where the node asks for it: screen and keys never go in clear text unasked.
 * @throws MeshError BMC_TLS_FAILED
 */
export function requireTls(
  tls: boolean,
  { drac_vnc_encryption: encryption, drac_vnc_pin: pin }: DracNode['info'],
  where: string,
): void {
  if (tls || (pin === undefined && (encryption === 'off' || encryption === 'keep'))) return;
  const asked = pin === undefined ? `drac_vnc_encryption: ${encryption}` : 'drac_vnc_pin';
  throw new MeshError(
    'BMC_TLS_FAILED',
    `${where}: the VNC server works without TLS, and the node asks for it (${asked}). Switch encryption on there, or set drac_vnc_take_over to have it done; drac_vnc_encryption: off, and no pin, lets screen and keys go in clear text.`,
  );
}
