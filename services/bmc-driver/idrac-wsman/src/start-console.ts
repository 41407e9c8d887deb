import { formatHostPort, type StartCall, type Started } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { awaitVnc } from './await-vnc.ts';
import { addressOf, profile } from './endpoint-of.ts';
import { openPort } from './open-port.ts';
import type { DracInfo, DracNode, DracSecrets } from './options.ts';
import type { SettingsPort, Timings } from './settings-port.ts';
import { decodeDriverState, decodeRestoreState, encodeState, type RestoreState } from './states.ts';
import { readVncSettings, type VncSettings } from './vnc-settings.ts';

/**
 * Makes the VNC server reachable: sets what PrepareConsole announced, in one call, and waits until the server answers. Safe to repeat from
 * any point: what is so already is written again, and a console that still works is adopted without a write.
 * @throws MeshError BMC_*
 */
export async function startConsole(
  console: StartCall<DracInfo, DracSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<Started> {
  const { node } = console;
  const restore = decodeRestoreState(console.restoreState);
  const before = decodeDriverState(console.state);
  const { port, why } = await openPort(node, restore?.wire ?? before?.wire, timings, signal);
  await using _port = port;
  const where = formatHostPort(node.info.drac_address, node.info.drac_port);
  const settings = readVncSettings(await port.read(signal), where);
  const password = node.secrets.drac_vnc_password ?? console.consolePassword;
  if (restore === undefined) return useAsItIs(node, port, settings, why, timings, signal);

  const adopted =
    before?.password === password && (await stillWorks(node, settings, password, timings, signal));
  const now = adopted ? settings : await change(port, restore, password, where, signal);
  const state = { wire: port.wire, port: now.port, tls: now.tls, password };
  const address = addressOf(node, state);
  const toggle = async () => {
    await port.write({ Enable: 'Disabled' }, signal);
    await port.write({ Enable: 'Enabled' }, signal);
  };
  if (!adopted) {
    try {
      await awaitVnc(address, profile, timings, toggle, signal);
    } catch (error) {
      throw ownPasswordRefused(error, where);
    }
  }
  return {
    kind: 'tcp',
    why: `The VNC server of the iDRAC was ${adopted ? 'found working' : 'enabled'} ${why}; it answers ${now.tls ? 'with' : 'without'} TLS.`,
    address,
    profile,
    maxSessions: now.maxSessions,
    state: encodeState(state),
  };
}

/** Nothing was announced, so nothing is changed: the VNC server is somebody else's and its password is known. */
async function useAsItIs(
  node: DracNode,
  port: SettingsPort,
  settings: VncSettings,
  why: string,
  timings: Timings,
  signal: AbortSignal,
): Promise<Started> {
  const password = node.secrets.drac_vnc_password;
  const where = formatHostPort(node.info.drac_address, node.info.drac_port);
  if (!settings.enabled || password === undefined) {
    throw new MeshError(
      'BMC_REFUSED',
      `${where}: the VNC server was enabled when the console was asked for and is not any more. Disable the console and enable it again.`,
    );
  }
  const state = { wire: port.wire, port: settings.port, tls: settings.tls, password };
  const address = addressOf(node, state);
  await awaitVnc(address, profile, timings, async () => {}, signal);
  return {
    kind: 'tcp',
    why: `The VNC server of the iDRAC was enabled already and accepts the password of the node; its settings were read ${why}.`,
    address,
    profile,
    maxSessions: settings.maxSessions,
    state: encodeState(state),
  };
}

async function change(
  port: SettingsPort,
  restore: RestoreState,
  password: string,
  where: string,
  signal: AbortSignal,
): Promise<VncSettings> {
  await port.write({ ...restore.after, Enable: 'Enabled', Password: password }, signal);
  return readVncSettings(await port.read(signal), where);
}

/** Whether the console that an earlier start made can be gone on with: then nothing is written, and whoever looks at it stays. */
async function stillWorks(
  node: DracNode,
  settings: VncSettings,
  password: string,
  timings: Timings,
  signal: AbortSignal,
): Promise<boolean> {
  if (!settings.enabled) return false;
  const address = addressOf(node, { port: settings.port, tls: settings.tls, password });
  try {
    await awaitVnc(address, profile, { ...timings, vncMs: timings.vncTryMs }, async () => {}, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // Its places are taken: by those who look at this console.
    return error instanceof MeshError && error.reason === 'BMC_BUSY';
  }
}

/** The credentials of the node are right; it is the iDRAC that does not do what it says. */
export function ownPasswordRefused(error: unknown, where: string): unknown {
  if (!(error instanceof MeshError) || error.reason !== 'BMC_AUTHENTICATION_FAILED') return error;
  return new MeshError(
    'BMC_ERROR',
    `${where}: the iDRAC has accepted a new VNC password, and its VNC server refuses it. Firmware with a password policy may want another kind; set drac_vnc_password then.`,
    { cause: error },
  );
}
