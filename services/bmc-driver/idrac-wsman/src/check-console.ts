import { type ConsoleCall, ConsoleLost, formatHostPort, probeRfb } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { isSilence } from './await-vnc.ts';
import { addressOf, profile } from './endpoint-of.ts';
import { openPort } from './open-port.ts';
import type { DracInfo, DracNode, DracSecrets } from './options.ts';
import type { Timings } from './settings-port.ts';
import { type DriverState, decodeDriverState } from './states.ts';
import { readVncSettings, type VncSettings } from './vnc-settings.ts';

/**
 * Looks at a started console: one authentication at its VNC server. Only when that fails is the iDRAC asked why.
 * @throws ConsoleLost when it has to be started again; MeshError BMC_*
 */
export async function checkConsole(
  { node, state: bytes, restoreState }: ConsoleCall<DracInfo, DracSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<void> {
  const state = decodeDriverState(bytes);
  if (state === undefined)
    throw new ConsoleLost('UPSTREAM_LOST', 'How it was started is not known any more; it is started again.');
  try {
    await probeRfb(addressOf(node, state), profile, signal, timings.vncTryMs);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MeshError && error.reason === 'BMC_BUSY') throw error;
    // Somebody else's VNC server is not mended.
    if (restoreState.length === 0) throw error;
    throw (await diagnose(node, state, error, timings, signal)) ?? error;
  }
}

async function diagnose(
  node: DracNode,
  state: DriverState,
  error: unknown,
  timings: Timings,
  signal: AbortSignal,
): Promise<MeshError | undefined> {
  const where = formatHostPort(node.info.drac_address, node.info.drac_port);
  let settings: VncSettings;
  try {
    const { port } = await openPort(node, state.wire, timings, signal);
    await using _port = port;
    settings = readVncSettings(await port.read(signal), where);
  } catch {
    // The iDRAC does not answer at all: what the VNC server did is the better news.
    signal.throwIfAborted();
    return undefined;
  }
  if (!settings.enabled) {
    return new ConsoleLost(
      'BMC_REFUSED',
      `${where}: somebody has disabled the VNC server; it is enabled again. To keep it off, disable the console.`,
    );
  }
  if (settings.port !== state.port || settings.tls !== state.tls) {
    return new ConsoleLost(
      'BMC_PROTOCOL_ERROR',
      `${where}: somebody has changed port or encryption of the VNC server; the console is started again.`,
    );
  }
  if (error instanceof MeshError && error.reason === 'BMC_AUTHENTICATION_FAILED') {
    return new ConsoleLost('BMC_ERROR', `${where}: somebody has changed the VNC password; it is set again.`);
  }
  if (!isSilence(error)) return undefined;
  if ((settings.activeSessions ?? 0) >= settings.maxSessions) return new MeshError('BMC_BUSY');
  return new ConsoleLost(
    'BMC_TIMEOUT',
    `${where}: the VNC server accepts connections and says nothing; it is switched off and on.`,
  );
}
