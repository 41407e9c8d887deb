import { MeshError } from '@consolemesh/errors';
import { type WsmanClient, WsmanError } from '@consolemesh/wsman';
import { resource, serviceSelectors } from './resources.ts';

/** LCStatus of GetRemoteServicesAPIStatus. Source: python-dracclient resources/lifecycle_controller.py. */
const ready = '0';
const disabled = '3';
const recovery = '4';

/**
 * Why the remote services take no changes now; undefined when they do. Any answer is proof that WS-MAN works and the credentials do.
 * @throws MeshError BMC_RECOVERY_MODE, BMC_LOCKED_DOWN; WsmanError, HttpError
 */
export async function readStatus(
  client: WsmanClient,
  where: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const answer = await client.invoke(
      resource.lifecycleController,
      'GetRemoteServicesAPIStatus',
      serviceSelectors('DCIM_LCService'),
      {},
      { signal },
    );
    // Firmware that tells no status is not in the middle of anything.
    const status = answer.text('LCStatus') ?? ready;
    if (status === ready) return undefined;
    const said = [`LCStatus ${status}`, answer.text('Message')].filter(Boolean).join(': ');
    throwIfLasting(status, where, said.replace(/\.$/, ''));
    return said;
  } catch (error) {
    if (error instanceof WsmanError && error.code === 'BUSY') return error.message;
    throw error;
  }
}

/** States that do not end by themselves: nobody has to wait for them. */
function throwIfLasting(status: string, where: string, said: string): void {
  if (status === recovery) {
    throw new MeshError(
      'BMC_RECOVERY_MODE',
      `${where}: the iDRAC runs in recovery mode (${said}); repair its firmware.`,
    );
  }
  if (status === disabled) {
    throw new MeshError(
      'BMC_LOCKED_DOWN',
      `${where}: the Lifecycle Controller is disabled (${said}) and takes no changes; enable it (racadm set LifecycleController.LCAttributes.LifecycleControllerState 1).`,
    );
  }
}
