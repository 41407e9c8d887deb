import { formatHostPort, trustFromOptions } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { createHttpClient, type HttpClient, type HttpTarget } from '@consolemesh/http';
import { type DracNode, whereOf } from './options.ts';
import { openRedfishPort } from './redfish/open-redfish-port.ts';
import type { Attributes, SettingsPort, Timings, Wire } from './settings-port.ts';
import { openWsmanPort } from './wsman/open-wsman-port.ts';
import { hasNoWsman } from './wsman/wsman-errors.ts';

/** A port, why it is this one, and what was read. */
export interface OpenedPort {
  readonly port: SettingsPort;
  /** Half a sentence: `over Redfish, because …`. */
  readonly why: string;
  readonly attributes: Attributes;
}

/**
 * Opens the settings of a node's iDRAC and reads them: over the wire that the node names, else over Redfish where that
 * worked before, else over WS-MAN, and over Redfish where there is no WS-MAN. Refused credentials are not tried over the other wire.
 * @param wanted `ready`: waits until the iDRAC takes changes; `before`: the wire that worked
 * @throws MeshError BMC_*
 */
export async function openPort(
  node: DracNode,
  wanted: { readonly ready: boolean; readonly before?: Wire | undefined },
  timings: Timings,
  signal: AbortSignal,
): Promise<OpenedPort> {
  const { drac_transport: asked } = node.info;
  const { ready, before } = wanted;
  const wsman = (why: string) => opened(openWsman(node, timings), why, ready, signal);
  const redfish = (why: string) => opened(openRedfish(node, timings), why, ready, signal);
  if (asked === 'wsman') return wsman('over WS-MAN, as drac_transport says');
  if (asked === 'redfish') return redfish('over Redfish, as drac_transport says');
  if (before === 'redfish') return redfish('over Redfish, which was there when its settings were read');
  try {
    return await wsman('over WS-MAN');
  } catch (error) {
    if (!hasNoWsman(error)) throw error;
    try {
      return await redfish('over Redfish, because there is no WS-MAN');
    } catch (other) {
      throw neither(node, error, other);
    }
  }
}

/** Somebody who has typed the address of something else learns that both were tried. */
function neither(node: DracNode, wsman: unknown, redfish: unknown): unknown {
  if (!(wsman instanceof MeshError && redfish instanceof MeshError)) return redfish;
  if (redfish.reason !== 'BMC_PROTOCOL_ERROR') return redfish;
  return new MeshError(
    'BMC_PROTOCOL_ERROR',
    `${whereOf(node)}: neither WS-MAN nor Redfish answers there; is that an iDRAC? (${wsman.message} ${redfish.message})`,
    { cause: redfish },
  );
}

async function opened(
  port: SettingsPort,
  why: string,
  ready: boolean,
  signal: AbortSignal,
): Promise<OpenedPort> {
  try {
    if (ready) await port.ready(signal);
    return { port, why, attributes: await port.read(signal) };
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
