import { type ConsoleCall, ConsoleLost, probeRfb } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { isSilence } from './await-vnc.ts';
import { addressOf, profile } from './endpoint-of.ts';
import { openPort } from './open-port.ts';
import { type DracInfo, type DracNode, type DracSecrets, whereOf } from './options.ts';
import type { Timings } from './settings-port.ts';
import { type DriverState, decodeDriverState } from './states.ts';
import { readVncSettings, type VncSettings } from './vnc-settings.ts';
import { vncTrouble } from './vnc-trouble.ts';

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
    throw (await diagnose(node, state, error, timings, signal)) ?? vncTrouble(error, whereOf(node));
  }
}

async function diagnose(
  node: DracNode,
  state: DriverState,
  error: unknown,
  timings: Timings,
  signal: AbortSignal,
): Promise<MeshError | undefined> {
  const where = whereOf(node);
  let settings: VncSettings;
  try {
    const wanted = { ready: false, before: state.wire };
    const { port, attributes } = await openPort(node, wanted, timings, signal);
    await using _port = port;
    settings = readVncSettings(attributes, where);
  } catch (failure) {
    signal.throwIfAborted();
    // Has to be known, so that it is not tried again with every look until the iDRAC blocks this address.
    if (failure instanceof MeshError && failure.reason === 'BMC_AUTHENTICATION_FAILED') throw failure;
    // The iDRAC does not answer at all: what the VNC server did is the better news.
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
