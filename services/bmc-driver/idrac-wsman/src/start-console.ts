import type { StartCall, Started } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { awaitVnc } from './await-vnc.ts';
import { addressOf, profile } from './endpoint-of.ts';
import type { Evidence } from './evidence.ts';
import { judgeStanding } from './judge-standing.ts';
import { openPort } from './open-port.ts';
import { type DracInfo, type DracNode, type DracSecrets, whereOf } from './options.ts';
import { requireTls } from './require-tls.ts';
import type { SettingsPort, Timings, Values } from './settings-port.ts';
import { decodeDriverState, decodeRestoreState, encodeState, type RestoreState } from './states.ts';
import { readVncSettings, type VncSettings } from './vnc-settings.ts';
import { vncTrouble } from './vnc-trouble.ts';
import { within } from './within.ts';

/**
 * Makes the VNC server reachable: sets what PrepareConsole announced, in one call, and waits until the server answers. Safe to repeat
 * from any point: what is so already is written again, and a console that still works is adopted without a write.
 * @throws MeshError BMC_*
 */
export function startConsole(
  console: StartCall<DracInfo, DracSecrets>,
  { timings, evidence }: { timings: Timings; evidence: Evidence },
  signal: AbortSignal,
): Promise<Started> {
  const { node } = console;
  const restore = readRestoreState(console);
  const state = decodeDriverState(console.state);
  const password = node.secrets.drac_vnc_password ?? console.consolePassword;
  const where = whereOf(node);
  return within(timings.startMs, { where, what: 'enabling the VNC server' }, signal, async (signal) => {
    const wanted = { ready: true, before: restore?.wire ?? state?.wire };
    const { port, why, attributes } = await openPort(node, wanted, timings, signal);
    await using _port = port;
    const found = readVncSettings(attributes, where);
    const start: Start = { node, port, why, timings, signal };
    if (restore === undefined) return await useAsItIs(start, found);
    const standing = { console, settings: found, attributes, restore, state, password, evidence };
    if (await judgeStanding(standing, timings, signal)) {
      return answer(start, found, password, `was found working ${why}`);
    }
    evidence.wrote.add(console);
    const settings = await enable(start, restore.after, password).catch((error: unknown) => {
      if (isRefusal(error)) evidence.wrote.delete(console);
      throw error;
    });
    evidence.refused.delete(console);
    return answer(start, settings, password, `was enabled ${why}`);
  });
}

/** Whether nothing at all was written. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof MeshError &&
    (error.reason === 'BMC_LOCKED_DOWN' || error.reason === 'BMC_PERMISSION_DENIED')
  );
}

/** Undefined when nothing was announced. */
function readRestoreState({
  node,
  restoreState,
}: StartCall<DracInfo, DracSecrets>): RestoreState | undefined {
  const restore = decodeRestoreState(restoreState);
  if (restore !== undefined || restoreState.length === 0) return restore;
  throw new MeshError(
    'BMC_ERROR',
    `${whereOf(node)}: what was read before the console was enabled is written in a form that this version of the driver does not understand. Disable the console and enable it again.`,
  );
}

/** What every way of starting needs. */
interface Start {
  readonly node: DracNode;
  readonly port: SettingsPort;
  readonly why: string;
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

/** Nothing was announced, so nothing is changed: the VNC server is somebody else's and its password is known. */
async function useAsItIs(start: Start, settings: VncSettings): Promise<Started> {
  const { node, why, timings, signal } = start;
  const password = node.secrets.drac_vnc_password;
  if (!settings.enabled || password === undefined) {
    throw new MeshError(
      'BMC_REFUSED',
      `${whereOf(node)}: the VNC server was enabled when the console was asked for and is not any more. Disable the console and enable it again.`,
    );
  }
  const address = addressOf(node, { ...settings, password });
  await awaitVnc(address, profile, timings, async () => {}, signal);
  return answer(
    start,
    settings,
    password,
    `was enabled already and accepts the password of the node; its settings were read ${why}`,
  );
}

/** Writes and waits for the VNC server. */
async function enable(start: Start, after: Values, password: string): Promise<VncSettings> {
  const { node, port, timings, signal } = start;
  const where = whereOf(node);
  // In this order for firmware that takes them one by one: it is not enabled before it has the password.
  const { Enable = 'Enabled', ...others } = after;
  const now = await port.write({ ...others, Password: password, Enable }, signal);
  const settings = readVncSettings(now, where);
  const toggle = async () => {
    await port.write({ Enable: 'Disabled' }, signal);
    await port.write({ Enable: 'Enabled' }, signal);
  };
  try {
    await awaitVnc(addressOf(node, { ...settings, password }), profile, timings, toggle, signal);
  } catch (error) {
    throw vncTrouble(error, where);
  }
  return settings;
}

function answer({ node, port }: Start, settings: VncSettings, password: string, how: string): Started {
  const { tls, maxSessions } = settings;
  requireTls(tls, node.info, whereOf(node));
  return {
    kind: 'tcp',
    why: `The VNC server of the iDRAC ${how}; it answers ${tls ? 'with' : 'without'} TLS.${unverified(node)}`,
    address: addressOf(node, { ...settings, password }),
    profile,
    maxSessions,
    state: encodeState({ wire: port.wire, port: settings.port, tls, password }),
  };
}

function unverified({ info }: DracNode): string {
  return info.drac_verify === 'none' ? ' Its certificate is not verified, as drac_verify says.' : '';
}
