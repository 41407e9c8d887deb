import { addAbortSignal } from 'node:stream';
import { type ConsoleCall, connectTcp, formatHostPort } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { createHttpClient } from '@consolemesh/http';
import { decodeFound, type SshConsole } from './found.ts';
import { inWords } from './in-words.ts';
import { forgotten } from './open-line.ts';
import {
  addressOf,
  type RedfishInfo,
  type RedfishNode,
  type RedfishSecrets,
  trustOf,
  whereOf,
} from './options.ts';
import type { Timings } from './timings.ts';
import { within } from './within.ts';

/**
 * Sees whether the console's server is there, without logging in: sessions are few, and logins are written into logs.
 * @throws ConsoleLost where it has to be started again; MeshError BMC_*
 */
export async function checkConsole(
  { node, state }: ConsoleCall<RedfishInfo, RedfishSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<void> {
  const found = decodeFound(state);
  if (!found) throw forgotten();
  const about = { where: whereOf(node), what: 'looking at the console' };
  await within(timings.checkMs, about, signal, (signal) =>
    found.transport === 'ssh' ? seeBanner(node, found, signal) : seeService(node, signal),
  );
}

/** Any answer will do: the service root needs no login, and some ask for one against the standard. */
async function seeService(node: RedfishNode, signal: AbortSignal): Promise<void> {
  const { host, port, plain } = addressOf(node);
  await using http = createHttpClient({ host, port, plain, trust: trustOf(node) });
  try {
    const { status } = await http.request({ method: 'GET', path: '/redfish/v1/', signal });
    if (status >= 500)
      throw new MeshError('BMC_NOT_READY', `${whereOf(node)}: the BMC answers with status ${status}.`);
  } catch (error) {
    throw inWords(error, whereOf(node));
  }
}

/** What an SSH server may say before its name; the RFC sets no limit. */
const mostBannerBytes = 8 * 1024;

/** RFC 4253 section 4.2: a server says `SSH-2.0-…` first, maybe after other lines. */
async function seeBanner(node: RedfishNode, found: SshConsole, signal: AbortSignal): Promise<void> {
  const { host } = addressOf(node);
  const where = formatHostPort(host, found.port);
  const socket = await connectTcp({ host, port: found.port }, { signal });
  try {
    let said = '';
    for await (const chunk of addAbortSignal(signal, socket)) {
      said += (chunk as Buffer).toString('latin1');
      if (/(?:^|\n)SSH-(?:2\.0|1\.99)-/.test(said)) return;
      if (said.length > mostBannerBytes) break;
    }
    throw new MeshError('BMC_PROTOCOL_ERROR', `${where}: no SSH server answers there.`);
  } catch (error) {
    throw inWords(error, where);
  } finally {
    socket.destroy();
  }
}
