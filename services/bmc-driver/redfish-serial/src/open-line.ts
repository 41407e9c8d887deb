import { type ConsoleCall, ConsoleLost, type OpenedLine } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { decodeFound, type Found } from './found.ts';
import { type RedfishInfo, type RedfishNode, type RedfishSecrets, whereOf } from './options.ts';
import { openSshLine } from './ssh/open-ssh-line.ts';
import type { Timings } from './timings.ts';
import { carryLine } from './websocket/carry-line.ts';
import { openConsole } from './websocket/open-console.ts';
import { within } from './within.ts';

/**
 * Opens the line of a console in the way that was found when it was enabled.
 * @throws MeshError BMC_*; ConsoleLost where it has to be looked for anew
 */
export async function openLine(
  { node, state }: ConsoleCall<RedfishInfo, RedfishSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<OpenedLine> {
  const found = decodeFound(state);
  if (!found) throw forgotten();
  const about = { where: whereOf(node), what: 'opening the console' };
  return within(timings.openMs, about, signal, (signal) => open(node, found, timings, signal));
}

/** How a console was started is not known any more. */
export function forgotten(): ConsoleLost {
  return new ConsoleLost('UPSTREAM_LOST', 'How it was started is not known any more; it is started again.');
}

async function open(
  node: RedfishNode,
  found: Found,
  timings: Timings,
  signal: AbortSignal,
): Promise<OpenedLine> {
  if (found.transport === 'ssh') return openSshLine(node, found, timings, signal);
  try {
    const console = await openConsole(node, found, timings, signal);
    return carryLine(console, { where: whereOf(node), interactive: found.interactive, timings });
  } catch (error) {
    if (!(error instanceof MeshError) || error.reason !== 'BMC_PROTOCOL_ERROR') throw error;
    // An update of the firmware may have moved it.
    throw new ConsoleLost(error.reason, error.message, { cause: error, metadata: error.metadata });
  }
}
