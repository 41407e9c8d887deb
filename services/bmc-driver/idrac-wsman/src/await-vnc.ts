import { deadline } from '@consolemesh/bytes';
import {
  aboutLogin,
  bmcError,
  formatHostPort,
  type Profile,
  probeRfb,
  type TcpAddress,
} from '@consolemesh/driver-sdk';
import { MeshError, type Reason } from '@consolemesh/errors';
import { RfbError } from '@consolemesh/rfb';
import { vncPasswordField } from './credentials-of.ts';
import { pause } from './pause.ts';
import type { Timings } from './settings-port.ts';

/** What a VNC server that has just been enabled may answer before it is there. */
const passing: ReadonlySet<Reason> = new Set<Reason>([
  'BMC_REFUSED',
  'BMC_TIMEOUT',
  'BMC_ERROR',
  'BMC_TLS_FAILED',
  'BMC_PROTOCOL_ERROR',
]);

/**
 * Tries the VNC server until it accepts the password, as a viewer would, without opening a session. `mend` is called once when it
 * accepts connections and stays silent: real ones do, until they are switched off and on.
 * @throws MeshError with what the last try ended with
 */
export async function awaitVnc(
  address: TcpAddress,
  profile: Profile,
  timings: Timings,
  mend: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  using limit = deadline(timings.vncMs, signal);
  let silentMs = 0;
  let mended = false;
  for (;;) {
    try {
      await probeRfb(address, profile, signal, timings.vncTryMs);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw aboutLogin(error, vncPasswordField);
      silentMs = isSilence(error) ? silentMs + timings.vncTryMs : 0;
      if (silentMs >= timings.wedgedMs && !mended) {
        mended = true;
        silentMs = 0;
        await mend();
      }
      if (await pause(timings.vncPauseMs, limit.signal)) continue;
      signal.throwIfAborted();
      throw notThere(error, address);
    }
  }
}

/** Whether a VNC server took the connection and said nothing. */
export function isSilence(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof RfbError && cause.code === 'TIMEOUT';
}

function isPassing(error: unknown): boolean {
  return error instanceof MeshError && passing.has(error.reason);
}

function notThere(error: unknown, { host, port }: TcpAddress): unknown {
  if (!(error instanceof MeshError)) return bmcError(error, formatHostPort(host, port));
  const tls = error.reason === 'BMC_TLS_FAILED';
  const what = tls ? 'TLS with it fails (drac_tls_minimum)' : 'does not come up';
  return new MeshError(error.reason, `The VNC server is enabled and ${what}: ${error.message}`, {
    cause: error,
    metadata: error.metadata,
  });
}
