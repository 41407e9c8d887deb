import { MeshError } from '@consolemesh/errors';

/**
 * What a VNC server did whose password this driver has set. It is never the node's credentials that are wrong then, and an error that says
 * so would keep the settings from being put back: refused credentials are not tried again before they change.
 */
export function vncTrouble(error: unknown, where: string): unknown {
  if (!(error instanceof MeshError)) return error;
  if (error.reason === 'BMC_AUTHENTICATION_FAILED') {
    return new MeshError(
      'BMC_CHANGE_FAILED',
      `${where}: the iDRAC has accepted a new VNC password, and its VNC server refuses it. Firmware with a password policy may want another kind: set drac_vnc_password to one that it takes.`,
      { cause: error },
    );
  }
  if (error.reason === 'BMC_LOCKED_OUT') {
    const message = `${where}: the VNC server of the iDRAC has locked this address out for a while (${error.message.replace(/\.$/, '')}).`;
    return new MeshError('BMC_ERROR', message, { cause: error });
  }
  return error;
}
