import { aboutLogin, type ConsoleCall, ConsoleLost, probeRfb } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { isSilence } from './await-vnc.ts';
import { vncPasswordField } from './credentials-of.ts';
import { addressOf, profile } from './endpoint-of.ts';
import type { Evidence } from './evidence.ts';
import { openPort } from './open-port.ts';
import { type DracInfo, type DracNode, type DracSecrets, whereOf } from './options.ts';
import type { Timings } from './settings-port.ts';
import { type DriverState, decodeDriverState } from './states.ts';
import { readVncSettings, type VncSettings } from './vnc-settings.ts';
import { within } from './within.ts';

/**
 * Looks at a started console: one authentication at its VNC server. Only when that fails is the iDRAC asked why.
 * @throws ConsoleLost when it has to be started again; MeshError BMC_*
 */
export async function checkConsole(
  console: ConsoleCall<DracInfo, DracSecrets>,
  { timings, evidence }: { timings: Timings; evidence: Evidence },
  signal: AbortSignal,
): Promise<void> {
  const { node, restoreState } = console;
  const state = decodeDriverState(console.state);
  if (state === undefined)
    throw new ConsoleLost('UPSTREAM_LOST', 'How it was started is not known any more; it is started again.');
  try {
    if (evidence.refused.has(console)) throw new MeshError('BMC_AUTHENTICATION_FAILED');
    await probeRfb(addressOf(node, state), profile, signal, timings.vncTryMs);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MeshError && error.reason === 'BMC_BUSY') throw error;
    // Somebody else's VNC server is not mended.
    if (restoreState.length === 0) throw aboutLogin(error, vncPasswordField);
    if (error instanceof MeshError && error.reason === 'BMC_AUTHENTICATION_FAILED')
      evidence.refused.add(console);
    throw await diagnose(node, state, error, timings, signal);
  }
}

async function diagnose(
  node: DracNode,
  state: DriverState,
  error: unknown,
  timings: Timings,
  signal: AbortSignal,
): Promise<unknown> {
  const where = whereOf(node);
  let settings: VncSettings;
  try {
    const about = { where, what: 'asking why the VNC server does not answer' };
    settings = await within(timings.diagnoseMs, about, signal, async (signal) => {
      const wanted = { ready: false, before: state.wire };
      const { port, attributes } = await openPort(node, wanted, timings, signal);
      await using _port = port;
      return readVncSettings(attributes, where);
    });
  } catch (failure) {
    signal.throwIfAborted();
    // Has to be known, so that it is not tried again with every look until the iDRAC blocks this address.
    if (failure instanceof MeshError && failure.reason === 'BMC_AUTHENTICATION_FAILED') throw failure;
    return unexplained(error, where, failure);
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
    if ((settings.activeSessions ?? 0) > 0 && !node.info.drac_vnc_take_over) {
      return new MeshError(
        'BMC_IN_USE',
        `${where}: somebody else has changed the VNC password and is looking at the screen. Disable the console, or set drac_vnc_take_over.`,
      );
    }
    return new ConsoleLost('BMC_ERROR', `${where}: somebody has changed the VNC password; it is set again.`);
  }
  if (!isSilence(error)) return unexplained(error, where);
  if ((settings.activeSessions ?? 0) >= settings.maxSessions) return new MeshError('BMC_BUSY');
  return new ConsoleLost(
    'BMC_TIMEOUT',
    `${where}: the VNC server accepts connections and says nothing; it is switched off and on.`,
  );
}

/** What the VNC server did, where the iDRAC does not say why. Its password is this console's own: the node's credentials are not wrong. */
function unexplained(error: unknown, where: string, failure?: unknown): unknown {
  if (!(error instanceof MeshError)) return error;
  const credentials = error.reason === 'BMC_AUTHENTICATION_FAILED' || error.reason === 'BMC_LOCKED_OUT';
  const asked = failure instanceof MeshError ? ` The iDRAC does not say why: ${failure.message}` : '';
  if (!credentials && asked === '') return error;
  const said = credentials
    ? `${where}: the VNC server does not accept the password that it was given (${error.message.replace(/\.$/, '')}).`
    : error.message;
  return new MeshError(credentials ? 'BMC_ERROR' : error.reason, said + asked, {
    cause: error,
    metadata: error.metadata,
  });
}
