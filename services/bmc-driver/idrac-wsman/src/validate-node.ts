import type { Violation } from '@consolemesh/errors';
import { openPort } from './open-port.ts';
import { type DracNode, whereOf } from './options.ts';
import type { Timings } from './settings-port.ts';
import { readVncSettings } from './vnc-settings.ts';
import { within } from './within.ts';

/**
 * Reaches the iDRAC, logs in and reads its VNC settings. That somebody has enabled the VNC server is no mistake here: it may be this mesh.
 * @throws MeshError BMC_*
 */
export async function validateNode(
  node: DracNode,
  timings: Timings,
  signal: AbortSignal,
): Promise<readonly Violation[]> {
  const where = whereOf(node);
  return within(timings.validateMs, { where, what: 'reading the settings' }, signal, async (signal) => {
    const { port, attributes } = await openPort(node, { ready: true }, timings, signal);
    await using _port = port;
    readVncSettings(attributes, where);
    return [];
  });
}
