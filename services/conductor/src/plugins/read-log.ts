import { DriverServiceDefinition, type ReadConsoleLogResponse } from '@consolemesh/contracts/driver';
import { errorRow, MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import { type ConsoleContext, contextToWire } from './driver-adapter.ts';
import type { PluginInstance } from './plugin-instance.ts';

/** Which part of a log; times in ms since the epoch. */
export interface LogRange {
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** 0: no limit. */
  readonly limitBytes: bigint;
  readonly follow: boolean;
}

/** Largest piece that is passed on, bytes. */
const maxPiece = 256 * 1024;

/**
 * Reads a console's log at one driver instance until it ends or the signal does. Errors come out as MeshError with the driver named once; an
 * instance that is not there is DRIVER_UNAVAILABLE.
 */
export async function* readLogAt(
  instance: PluginInstance,
  context: ConsoleContext,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<ReadConsoleLogResponse> {
  const client = instance.connection.client(DriverServiceDefinition);
  const time = (ms: number | undefined) => (ms === undefined ? undefined : toTimestamp(ms));
  try {
    const request = {
      context: contextToWire(instance, context),
      since: time(range.since),
      until: time(range.until),
      limitBytes: range.limitBytes,
      follow: range.follow,
    };
    for await (const piece of client.readConsoleLog(request, { signal })) {
      if (piece.data.length > maxPiece) {
        throw new MeshError('PLUGIN_ANSWER_INVALID', 'A piece of the log is too large.');
      }
      yield piece;
    }
  } catch (error) {
    if (signal.aborted) throw new MeshError('CANCELLED', undefined, { cause: error });
    throw named(error, `driver ${instance.name}`);
  }
}

function named(error: unknown, plugin: string): unknown {
  if (!(error instanceof MeshError)) return error;
  if (error.reason === 'UNAVAILABLE' || error.reason === 'DRAINING') {
    const { meaning } = errorRow('DRIVER_UNAVAILABLE');
    return new MeshError('DRIVER_UNAVAILABLE', `${plugin}: ${meaning}`, { cause: error });
  }
  const reason = error.reason === 'UNIMPLEMENTED' ? 'CAPABILITY_MISSING' : error.reason;
  return new MeshError(reason, `${plugin}: ${error.message}`, { cause: error });
}
