import { setTimeout as sleep } from 'node:timers/promises';
import { probeRfb, type TcpAddress } from '@consolemesh/driver-sdk';
import { MeshError, type Reason } from '@consolemesh/errors';

/** Reasons that pass while a container starts: nobody listens yet, or listens and hangs up. */
const passing: ReadonlySet<Reason> = new Set<Reason>([
  'BMC_REFUSED',
  'BMC_UNREACHABLE',
  'BMC_ERROR',
  'BMC_NAME_NOT_FOUND',
  'BMC_BUSY',
]);

/**
 * Looks at a container's VNC server once: RFB banner and one full authentication; no session begins.
 * @throws MeshError CONTAINER_FAILED that says what is wrong, or BMC_* for what may pass
 */
export async function probeVnc(address: TcpAddress, signal: AbortSignal): Promise<void> {
  try {
    await probeRfb(address, undefined, signal, 5_000);
  } catch (error) {
    if (!(error instanceof MeshError) || error.reason === 'CANCELLED' || passing.has(error.reason))
      throw error;
    // While it starts, a server may accept and hang up at once.
    const code = (error.cause as { code?: unknown } | undefined)?.code;
    if (code === 'UNEXPECTED_END') throw new MeshError('BMC_ERROR', error.message, { cause: error });
    throw new MeshError(
      'CONTAINER_FAILED',
      `The VNC server of the container is not usable: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Waits until the VNC server answers. `ended` is asked between two tries and answers why the container ended, if it did.
 * @throws MeshError CONTAINER_FAILED, CANCELLED
 */
export async function waitForVnc(
  address: TcpAddress,
  options: { timeoutMs: number; ended: () => Promise<string | undefined> },
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
  let last: unknown;
  while (!limit.aborted) {
    try {
      await probeVnc(address, limit);
      return;
    } catch (error) {
      if (!(error instanceof MeshError) || error.reason === 'CONTAINER_FAILED') throw error;
      if (error.reason !== 'CANCELLED') last = error;
    }
    const why = limit.aborted ? undefined : await options.ended();
    if (why !== undefined) throw new MeshError('CONTAINER_FAILED', `The container ended: ${why}`);
    await sleep(200, undefined, { signal: limit }).catch(() => {});
  }
  signal.throwIfAborted();
  const seconds = Math.round(options.timeoutMs / 1000);
  const detail = last instanceof Error ? ` Last seen: ${last.message}` : '';
  throw new MeshError('CONTAINER_FAILED', `Its VNC server did not answer within ${seconds} s.${detail}`, {
    cause: last,
  });
}
