import { MeshError, type Reason } from '@consolemesh/errors';
import { IpmiError } from '@consolemesh/ipmi';
import { inWords } from './in-words.ts';
import type { IpmiNode } from './options.ts';

/** Failures at the other port after which the port itself is what is wrong. */
const nobodyThere: ReadonlySet<Reason> = new Set<Reason>([
  'BMC_REFUSED',
  'BMC_TIMEOUT',
  'BMC_UNREACHABLE',
  'BMC_PROTOCOL_ERROR',
]);

/**
 * Opens a console where its BMC wants it: one that answers Activate Payload with another UDP port is to be given a session of its own there
 * (IPMI 2.0 section 24.1; ipmiconsole does it as well, ipmitool does not). It is followed once: many BMCs name ports that there are none of.
 * @param open logs in at the port of the node that it is given, and activates
 * @throws what `open` throws; where nobody answers at the other port, what the BMC wanted
 */
export async function followPort<T>(node: IpmiNode, open: (node: IpmiNode) => Promise<T>): Promise<T> {
  try {
    return await open(node);
  } catch (error) {
    const port =
      error instanceof IpmiError && error.code === 'SOL_OTHER_PORT' ? error.details.port : undefined;
    if (port === undefined) throw error;
    const there = { ...node, info: { ...node.info, ipmi_port: port } };
    try {
      return await open(there);
    } catch (second) {
      const failure = inWords(second, there);
      if (!(failure instanceof MeshError) || !nobodyThere.has(failure.reason)) throw failure;
      const first = inWords(error, node) as MeshError;
      const { reason, message, metadata } = first;
      throw new MeshError(reason, `${message} ${failure.message}`, { metadata, cause: second });
    }
  }
}
