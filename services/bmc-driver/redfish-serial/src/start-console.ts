import type { StartCall, Started } from '@consolemesh/driver-sdk';
import { findConsole } from './find-console.ts';
import { decodeFound, encodeFound, type Found, foundInWords } from './found.ts';
import {
  addressOf,
  type RedfishInfo,
  type RedfishNode,
  type RedfishSecrets,
  trustOf,
  whereOf,
} from './options.ts';
import { verifyOf } from './ssh/target-of.ts';
import type { Timings } from './timings.ts';
import { within } from './within.ts';

/**
 * Finds the console and sees that it opens.
 * @throws MeshError BMC_*, FIELD_*
 */
export async function startConsole(
  { node, state }: StartCall<RedfishInfo, RedfishSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<Started> {
  const before = decodeFound(state);
  const hostKey = before?.transport === 'ssh' ? before.hostKey : undefined;
  const about = { where: whereOf(node), what: 'looking for the console' };
  const found = await within(timings.startMs, about, signal, (signal) =>
    findConsole(node, hostKey, timings, signal),
  );
  return {
    kind: 'relay',
    why: whyOf(node, found),
    hold: node.info.redfish_serial_hold,
    state: encodeFound(found),
    ...(isUnverified(node, found) && { tls: { mode: 'from-first-byte', verify: 'none' } }),
  };
}

/** Whether anybody in the middle could be the console's server, or hand over a false one: then it is shown wherever the console is. */
function isUnverified(node: RedfishNode, found: Found): boolean {
  return trustOf(node).verify === 'none' || (found.transport === 'ssh' && verifyOf(node) === 'none');
}

/** How the console is reached, and what about it is not as it should be. */
function whyOf(node: RedfishNode, found: Found): string {
  const notes = [`The BMC at ${whereOf(node)} offers the console of ${found.system} ${foundInWords(found)}.`];
  if (addressOf(node).plain) notes.push('Without TLS: anybody on the way can read it (http://).');
  else if (trustOf(node).verify === 'none')
    notes.push('Its certificate is not verified (redfish_verify = none).');
  if (found.transport === 'websocket' && !found.interactive)
    notes.push('It only shows: what is typed is dropped.');
  if (found.transport === 'ssh') {
    if (verifyOf(node) === 'none') notes.push('The host key is not verified (redfish_ssh_verify = none).');
    if (found.hostKey !== undefined)
      notes.push(`The host key was trusted at first use: ${found.hostKey} (redfish_ssh_verify = first-use).`);
    if (node.info.redfish_ssh_algorithms === 'old')
      notes.push('Weak algorithms are allowed (redfish_ssh_algorithms = old).');
  }
  return notes.join(' ');
}
