import { MeshError } from '@consolemesh/errors';
import {
  isObject,
  type Json,
  type JsonObject,
  linkOf,
  property,
  RedfishError,
  textOf,
} from '@consolemesh/redfish';
import type { Found, SshConsole, WebSocketConsole } from '../found.ts';
import type { RedfishInfo } from '../options.ts';
import { printable } from '../printable.ts';
import { type Ask, type FoundSystem, findManager, findSystem, idOf } from './find-system.ts';
import { pathOnService } from './path-on-service.ts';

/** The port of SSH where nobody says another. */
const usualSshPort = 22;

/** What a list of consoles depends on. */
export interface Wishes {
  readonly info: Pick<
    RedfishInfo,
    | 'redfish_system_id'
    | 'redfish_serial_transport'
    | 'redfish_serial_uri'
    | 'redfish_ssh_port'
    | 'redfish_ssh_command'
    | 'redfish_ssh_exit'
  >;
  /** `https://host:port` of the service. */
  readonly origin: string | undefined;
  readonly where: string;
}

/**
 * The serial consoles that a BMC offers for a node's system, best first: a WebSocket that the system names or that is known of OpenBMC, SSH
 * as the system says, SSH as the manager says, and at last a WebSocket that only shows.
 *
 * ComputerSystem.SerialConsole (since v1_13, WebSocket since v1_26):
 * `{ SSH: { ServiceEnabled, Port, ConsoleEntryCommand, HotKeySequenceDisplay }, WebSocket: { ServiceEnabled, ConsoleURI, Interactive } }`;
 * Manager.SerialConsole: `{ ServiceEnabled, ConnectTypesSupported: ["SSH", …] }`
 * @throws MeshError BMC_CONSOLE_DISABLED when there is none, FIELD_*; RedfishError, HttpError
 */
export async function listConsoles(ask: Ask, { info, origin, where }: Wishes): Promise<Found[]> {
  const system = await findSystem(ask, info.redfish_system_id, where);
  const notes: string[] = [];
  const sockets: WebSocketConsole[] = [];
  const shells: SshConsole[] = [];
  const named = property(system.body, 'SerialConsole');

  const own = info.redfish_serial_uri ?? webSocketOf(property(named, 'WebSocket'), origin, notes);
  if (typeof own === 'string') sockets.push({ ...socket, system: system.path, path: own });
  else if (own) sockets.push({ ...own, system: system.path });
  const ssh = shellOf(property(named, 'SSH'), notes);
  if (ssh) shells.push({ ...ssh, system: system.path });

  const { redfish_serial_transport: transport } = info;
  const wantsSocket = transport !== 'ssh' && sockets.length === 0;
  // What the system says, also that it is off, counts for more than what the manager can do.
  const untold = !isObject(property(named, 'SSH'));
  const wantsShell = untold && (transport === 'ssh' || (transport === 'auto' && sockets.length === 0));
  if (wantsSocket || wantsShell) {
    const manager = await readManager(ask, system.body);
    if (manager && isOpenBmc(manager))
      sockets.push({ ...socket, system: system.path, path: openBmcPath(system) });
    const port = manager && wantsShell ? await managerSsh(ask, manager, notes) : undefined;
    if (port !== undefined) shells.push({ transport: 'ssh', system: system.path, port });
  }
  if (info.redfish_ssh_port !== undefined && shells.length === 0)
    shells.push({ transport: 'ssh', system: system.path, port: info.redfish_ssh_port });

  const found = inOrder(
    sockets,
    shells.map((shell) => asTheNodeSays(shell, info)),
    info,
  );
  if (found.length > 0) return found;
  const kinds = { auto: 'WebSocket or SSH', websocket: 'a WebSocket', ssh: 'SSH' };
  const why = notes.length > 0 ? `: ${notes.join('; ')}` : '';
  throw new MeshError(
    'BMC_CONSOLE_DISABLED',
    `${where}: the BMC offers no serial console of ${printable(system.path)} over ${kinds[info.redfish_serial_transport]}${why}.`,
  );
}

const socket = { transport: 'websocket', interactive: true } as const;

function inOrder(sockets: WebSocketConsole[], shells: SshConsole[], info: Wishes['info']): Found[] {
  const { redfish_serial_transport: transport } = info;
  if (transport === 'ssh') return shells;
  if (transport === 'websocket') return sockets;
  // A path that was set is meant.
  if (info.redfish_serial_uri !== undefined) return sockets;
  const both = sockets.filter(({ interactive }) => interactive);
  return [...both, ...shells, ...sockets.filter(({ interactive }) => !interactive)];
}

function asTheNodeSays(shell: SshConsole, info: Wishes['info']): SshConsole {
  const { redfish_ssh_port: port = shell.port, redfish_ssh_command: command = shell.command } = info;
  const exit = info.redfish_ssh_exit === 'auto' ? shell.exit : undefined;
  return { ...shell, port, command: command === 'none' ? undefined : command, exit };
}

/** Absent means that the service says nothing about it; null that it is not known. */
const isOff = (value: Json | undefined) => property(value, 'ServiceEnabled') === false;

function webSocketOf(
  value: Json | undefined,
  origin: string | undefined,
  notes: string[],
): Omit<WebSocketConsole, 'system'> | undefined {
  const uri = textOf(property(value, 'ConsoleURI'));
  if (uri === undefined || uri === '') return undefined;
  if (isOff(value)) {
    notes.push('its WebSocket is switched off (SerialConsole.WebSocket.ServiceEnabled)');
    return undefined;
  }
  const path = pathOnService(uri, origin);
  if (path === undefined) {
    notes.push('its WebSocket is at another host, to which no session is taken');
    return undefined;
  }
  return { transport: 'websocket', path, interactive: property(value, 'Interactive') !== false };
}

function shellOf(value: Json | undefined, notes: string[]): Omit<SshConsole, 'system'> | undefined {
  if (!isObject(value)) return undefined;
  if (isOff(value)) {
    notes.push('its SSH console is switched off (SerialConsole.SSH.ServiceEnabled)');
    return undefined;
  }
  const port = value.Port;
  return {
    transport: 'ssh',
    port: typeof port === 'number' && isPort(port) ? port : usualSshPort,
    command: oneLine(textOf(value.ConsoleEntryCommand)),
    exit: textOf(value.HotKeySequenceDisplay)?.slice(0, 256) || undefined,
  };
}

const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** What a BMC tells to type is typed at its own command line; more than a line of it is not. */
function oneLine(command: string | undefined): string | undefined {
  return command !== undefined && /^[ -~]{1,255}$/.test(command) ? command : undefined;
}

/** Undefined where there is none, or where the user may not see it. */
async function readManager(ask: Ask, system: JsonObject): Promise<JsonObject | undefined> {
  return orNothing(async () => {
    const path = await findManager(ask, system);
    return path === undefined ? undefined : await ask(path);
  });
}

async function orNothing<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RedfishError && ['NOT_FOUND', 'FORBIDDEN'].includes(error.code)) return undefined;
    throw error;
  }
}

/** bmcweb names no WebSocket, but has one for each console. */
function isOpenBmc(manager: JsonObject): boolean {
  return /openbmc/i.test(textOf(manager.Model) ?? '') || isObject(property(manager.Oem, 'OpenBmc'));
}

function openBmcPath({ path, siblings }: FoundSystem): string {
  return siblings > 1 ? `/console/${encodeURIComponent(idOf(path))}` : '/console0';
}

async function managerSsh(ask: Ask, manager: JsonObject, notes: string[]): Promise<number | undefined> {
  const console = property(manager, 'SerialConsole');
  const types = property(console, 'ConnectTypesSupported');
  if (!Array.isArray(types) || !types.includes('SSH')) return undefined;
  if (isOff(console)) {
    notes.push('the serial console of its manager is switched off (SerialConsole.ServiceEnabled)');
    return undefined;
  }
  const link = linkOf(manager.NetworkProtocol);
  const protocols = link === undefined ? undefined : await orNothing(() => ask(link));
  const ssh = property(protocols, 'SSH');
  if (property(ssh, 'ProtocolEnabled') === false) {
    notes.push('SSH is switched off at its manager (ManagerNetworkProtocol.SSH.ProtocolEnabled)');
    return undefined;
  }
  const port = property(ssh, 'Port');
  return typeof port === 'number' && isPort(port) ? port : usualSshPort;
}
