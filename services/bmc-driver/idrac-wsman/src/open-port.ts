import { formatHostPort, trustFromOptions } from '@consolemesh/driver-sdk';
import { createHttpClient, type HttpClient, type HttpTarget } from '@consolemesh/http';
import type { DracNode } from './options.ts';
import { openRedfishPort } from './redfish/open-redfish-port.ts';
import type { SettingsPort, Timings, Wire } from './settings-port.ts';
import { openWsmanPort } from './wsman/open-wsman-port.ts';
import { hasNoWsman } from './wsman/wsman-errors.ts';

/** A port, and why it is this one. */
export interface OpenedPort {
  readonly port: SettingsPort;
  /** Half a sentence: `over Redfish, because …`. */
  readonly why: string;
}

/**
 * Opens the settings of a node's iDRAC and waits until it takes changes: over the wire that the node names, else over the one that worked before, else over WS-MAN, and over
 * Redfish where there is no WS-MAN. Refused credentials are not tried over the other wire.
 * @throws MeshError BMC_*
 */
export async function openPort(
  node: DracNode,
  before: Wire | undefined,
  timings: Timings,
  signal: AbortSignal,
): Promise<OpenedPort> {
  const { drac_transport: asked } = node.info;
  if (asked === 'wsman')
    return opened(openWsman(node, timings), 'over WS-MAN, as drac_transport says', signal);
  if (asked === 'redfish')
    return opened(openRedfish(node, timings), 'over Redfish, as drac_transport says', signal);
  if (before === 'redfish') return opened(openRedfish(node, timings), 'over Redfish, as before', signal);
  try {
    return await opened(openWsman(node, timings), 'over WS-MAN', signal);
  } catch (error) {
    if (!hasNoWsman(error)) throw error;
    return opened(openRedfish(node, timings), 'over Redfish, because there is no WS-MAN', signal);
  }
}

async function opened(port: SettingsPort, why: string, signal: AbortSignal): Promise<OpenedPort> {
  try {
    await port.ready(signal);
    return { port, why };
  } catch (error) {
    await port[Symbol.asyncDispose]();
    throw error;
  }
}

function openWsman(node: DracNode, timings: Timings): SettingsPort {
  const { drac_username: username } = node.info;
  const credentials = { username, password: node.secrets.drac_password };
  return openWsmanPort({ ...whoAndWhere(node), timings, http: openHttp(node, credentials) });
}

function openRedfish(node: DracNode, timings: Timings): SettingsPort {
  const password = node.secrets.drac_password;
  return openRedfishPort({ ...whoAndWhere(node), password, timings, http: openHttp(node, undefined) });
}

function whoAndWhere({ info }: DracNode): { where: string; username: string } {
  return { where: formatHostPort(info.drac_address, info.drac_port), username: info.drac_username };
}

/** Without credentials where a session's token takes their place. */
function openHttp({ info }: DracNode, credentials: HttpTarget['credentials']): HttpClient {
  const { drac_address: host, drac_port: port } = info;
  const { serverName, ...trust } = trustFromOptions('drac', { ...info }, host);
  return createHttpClient({
    host,
    port,
    trust: { ...trust, servername: serverName },
    ...(credentials && { credentials }),
  });
}
