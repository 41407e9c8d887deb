import { MeshError, type Reason } from '@consolemesh/errors';
import { listConsoles } from './discover/list-consoles.ts';
import { type Found, foundInWords, type SshConsole } from './found.ts';
import { inWords } from './in-words.ts';
import { openService } from './open-service.ts';
import { type RedfishNode, whereOf } from './options.ts';
import { logIn, logOut } from './ssh/log-in.ts';
import { targetOf, verifyOf } from './ssh/target-of.ts';
import type { Timings } from './timings.ts';
import { openConsole } from './websocket/open-console.ts';

/** What may go wrong with one way to a console without saying anything about the others. */
const aboutOneWay: ReadonlySet<Reason> = new Set<Reason>([
  'BMC_PROTOCOL_ERROR',
  'BMC_CONSOLE_DISABLED',
  'BMC_PERMISSION_DENIED',
  'BMC_CERTIFICATE_REFUSED',
  'BMC_SECURITY_UNSUPPORTED',
  'BMC_REFUSED',
  'BMC_UNREACHABLE',
  'BMC_TIMEOUT',
  'BMC_ERROR',
]);

/**
 * Finds the console that a node is to have, and sees that it opens: a WebSocket is opened and closed, at an SSH server a login is made.
 * @param hostKey of the SSH server, where it was seen before
 * @throws MeshError BMC_*, FIELD_*
 */
export async function findConsole(
  node: RedfishNode,
  hostKey: string | undefined,
  timings: Timings,
  signal: AbortSignal,
): Promise<Found> {
  const failed: [Found, MeshError][] = [];
  for (const found of await discover(node, timings, signal)) {
    try {
      return found.transport === 'ssh'
        ? await trySsh(node, { ...found, hostKey }, timings, signal)
        : await tryWebSocket();
    } catch (error) {
      if (!(error instanceof MeshError) || !aboutOneWay.has(error.reason)) throw error;
      failed.push([found, error]);
    }
    async function tryWebSocket(): Promise<Found> {
      if (found.transport === 'websocket')
        await (await openConsole(node, found, timings, signal))[Symbol.asyncDispose]();
      return found;
    }
  }
  throw together(failed);
}

async function discover(node: RedfishNode, timings: Timings, signal: AbortSignal): Promise<Found[]> {
  const where = whereOf(node);
  await using service = openService(node);
  const { redfish, http } = service;
  const ask = (path: string) => redfish.get(path, { signal, deadlineMs: timings.requestMs });
  try {
    return await listConsoles(ask, { info: node.info, origin: http.origin, where });
  } catch (error) {
    throw inWords(error, where);
  }
}

async function trySsh(
  node: RedfishNode,
  found: SshConsole,
  timings: Timings,
  signal: AbortSignal,
): Promise<Found> {
  const { client, hostKey } = await logIn(targetOf(node, found, timings), signal);
  await logOut(client, timings.leaveMs);
  return verifyOf(node) === 'first-use' ? { ...found, hostKey: hostKey.fingerprint } : found;
}

/** The first failure, with what became of the other ways. */
function together(failed: readonly [Found, MeshError][]): MeshError {
  const [[, first], ...others] = failed as [[Found, MeshError], ...[Found, MeshError][]];
  if (others.length === 0) return first;
  const more = others.map(([found, error]) => ` ${capital(foundInWords(found))}: ${error.message}`).join('');
  const { reason, message, metadata } = first;
  return new MeshError(reason, `${message}${more}`, { cause: first, metadata });
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
