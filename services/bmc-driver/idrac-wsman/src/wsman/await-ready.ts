import { deadline } from '@consolemesh/bytes';
import { MeshError } from '@consolemesh/errors';
import type { WsmanClient } from '@consolemesh/wsman';
import { pause } from '../pause.ts';
import type { Timings } from '../settings-port.ts';
import { resource, serviceSelectors } from './resources.ts';

/** LCStatus of GetRemoteServicesAPIStatus. Source: python-dracclient resources/lifecycle_controller.py. */
const ready = '0';
const recovery = '4';

/** Asks once what the iDRAC's remote services do; its answer is proof that WS-MAN works and the credentials do. */
export async function readStatus(
  client: WsmanClient,
  signal: AbortSignal,
): Promise<{ status: string; message: string }> {
  const answer = await client.invoke(
    resource.lifecycleController,
    'GetRemoteServicesAPIStatus',
    serviceSelectors('DCIM_LCService'),
    {},
    { signal },
  );
  // Firmware that tells no status is not in the middle of anything.
  return { status: answer.text('LCStatus') ?? ready, message: answer.text('Message') ?? '' };
}

/**
 * Waits until the remote services take changes.
 * @throws MeshError BMC_NOT_READY, BMC_RECOVERY_MODE
 */
export async function awaitReady(
  client: WsmanClient,
  where: string,
  { readyMs, pollMs }: Timings,
  signal: AbortSignal,
): Promise<void> {
  using limit = deadline(readyMs, signal);
  for (;;) {
    const { status, message } = await readStatus(client, signal);
    if (status === ready) return;
    const said = message === '' ? `LCStatus ${status}` : `LCStatus ${status}: ${message.replace(/\.$/, '')}`;
    if (status === recovery)
      throw new MeshError(
        'BMC_RECOVERY_MODE',
        `${where}: the iDRAC runs in recovery mode (${said}); repair its firmware.`,
      );
    if (!(await pause(pollMs, limit.signal))) {
      signal.throwIfAborted();
      throw new MeshError(
        'BMC_NOT_READY',
        `${where}: the remote services of the iDRAC are not ready (${said}); it is asked again.`,
      );
    }
  }
}
