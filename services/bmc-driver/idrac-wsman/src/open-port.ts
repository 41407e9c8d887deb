import { formatHostPort, trustFromOptions } from '@consolemesh/driver-sdk';
import { createHttpClient, type HttpClient } from '@consolemesh/http';
import type { DracNode } from './options.ts';
import { openRedfishPort } from './redfish/open-redfish-port.ts';
import type { SettingsPort, Timings, Wire } from './settings-port.ts';
import { openWsmanPort } from './wsman/open-wsman-port.ts';
import { hasNoWsman, wsmanError } from './wsman/wsman-errors.ts';

/** A port, and why it is this one. */
export interface OpenedPort {
  readonly port: SettingsPort;
  /** Half a sentence: `over Redfish, because …`. */
  readonly why: string;
}

/**
 * Opens the settings of a node's iDRAC: over the wire that the node names, else over the one that worked before, else over WS-MAN, and over
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
  if (asked === 'redfish')
    return { port: openRedfish(node, timings), why: 'over Redfish, as drac_transport says' };
  if (asked === 'auto' && before === 'redfish')
    return { port: openRedfish(node, timings), why: 'over Redfish, as before' };
  const wsman = openWsmanPort({ ...whoAndWhere(node), timings, http: openHttp(node) });
  if (asked === 'wsman') return { port: wsman, why: 'over WS-MAN, as drac_transport says' };
  try {
    await wsman.probe(signal);
    return { port: wsman, why: 'over WS-MAN' };
  } catch (error) {
    await wsman[Symbol.asyncDispose]();
    if (hasNoWsman(error))
      return { port: openRedfish(node, timings), why: 'over Redfish, because there is no WS-MAN' };
    const { where, username } = whoAndWhere(node);
    throw wsmanError(error, where, username, 'read its state');
  }
}

function openRedfish(node: DracNode, timings: Timings): SettingsPort {
  const password = node.secrets.drac_password;
  return openRedfishPort({ ...whoAndWhere(node), password, timings, http: openHttp(node) });
}

function whoAndWhere({ info }: DracNode): { where: string; username: string } {
  return { where: formatHostPort(info.drac_address, info.drac_port), username: info.drac_username };
}

function openHttp({ info, secrets }: DracNode): HttpClient {
  const { drac_address: host, drac_port: port, drac_username: username } = info;
  const { serverName, ...trust } = trustFromOptions('drac', { ...info }, host);
  const credentials = { username, password: secrets.drac_password };
  return createHttpClient({ host, port, trust: { ...trust, servername: serverName }, credentials });
}
