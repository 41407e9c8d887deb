import type { ReadConsoleLogRequest, ReadConsoleLogResponse } from '@consolemesh/contracts/conductor';
import { Capability } from '@consolemesh/contracts/plugin';
import { ConsoleLogEventKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp, toTimestamp } from '@consolemesh/mesh';
import { consoleParts, timeText } from '../domain/audit.ts';
import { type ConsoleRecord, incarnationOf } from '../domain/console.ts';
import { accessOf, type Node } from '../domain/node.ts';
import type { ConsoleContext } from '../plugins/driver-adapter.ts';
import type { PluginInstance } from '../plugins/plugin-instance.ts';
import { type LogRange, readLogAt } from '../plugins/read-log.ts';
import { reducedError } from '../wire/reduced.ts';
import type { Caller } from './caller.ts';
import { requireConsole, type ServiceContext } from './context.ts';
import { theirsSince } from './theirs-since.ts';

/** Logs that users read through one conductor at a time; and those that sessions do. */
export const maxReaders = 64;
/** So often it is looked whether a reader may still read, ms. */
const lookMs = 15_000;

/** Reads logs of serial consoles at whoever has them, for who may see the console. */
export function createLogReading(context: ServiceContext) {
  let readers = 0;

  return async function* read(
    request: ReadConsoleLogRequest,
    caller: Caller,
    signal: AbortSignal,
  ): AsyncGenerator<ReadConsoleLogResponse> {
    const allowed = () => requireConsole(context.store, request.node, 'serial', caller, 'console.read-log');
    const { node, record, reduced } = await allowed();
    if (readers >= maxReaders) {
      throw new MeshError('RESOURCE_EXHAUSTED', `${maxReaders} logs are being read here; try again later.`);
    }
    readers += 1;
    try {
      const wanted = rangeOf(request);
      await writeDown(context, record, caller, wanted);
      const from = await theirsSince(context.store, node, caller, reduced);
      const range = { ...wanted, since: Math.max(wanted.since ?? 0, from ?? 0) || undefined };
      if (from !== undefined && from > (wanted.since ?? 0)) yield notTheirs(from);
      using watch = watchRight(context, allowed, signal);
      try {
        yield* readAnywhere(context, node, record, range, watch.signal);
      } catch (error) {
        throw watch.lost() ?? error;
      }
    } catch (error) {
      throw reduced ? reducedError(error) : error;
    } finally {
      readers -= 1;
    }
  };
}

/** The holder's log; of a console that nobody holds, that of the first instance that has one. */
export async function* readAnywhere(
  context: ServiceContext,
  node: Node,
  record: ConsoleRecord,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<ReadConsoleLogResponse> {
  const holder = incarnationOf(record.state)?.holder;
  const all = instancesFor(context, node, record);
  const held = all.find(({ instanceId }) => instanceId === holder?.instanceId);
  const console = contextOf(node, record);
  let refusal: MeshError | undefined;
  let answered = false;
  if (holder && !held) yield absent(context.scheduler.now());
  for (const instance of held ? [held, ...all.filter((one) => one !== held)] : all) {
    try {
      for await (const { at, data, event } of readLogAt(instance, console, range, signal)) {
        answered = true;
        yield { at, data, event };
      }
      return;
    } catch (error) {
      if (answered || !isPassedOver(error)) throw error;
      // What the holder says, or else whoever knows more than that it is not the holder.
      if (!refusal || (refusal.reason === 'NOT_HELD' && error.reason !== 'NOT_HELD')) refusal = error;
    }
  }
  if (refusal?.reason === 'NOT_HELD') throw new MeshError('CAPABILITY_MISSING', nothing);
  throw refusal ?? new MeshError('CAPABILITY_MISSING', nothing);
}

/** What a user reads where there is no log. */
export const nothing =
  'Nothing of this console was recorded: set driver_info.console_log to true, at a driver that has a folder for logs, and enable it.';

function isPassedOver(error: unknown): error is MeshError {
  const reasons = ['NOT_HELD', 'CAPABILITY_MISSING', 'DRIVER_UNAVAILABLE'];
  return error instanceof MeshError && reasons.includes(error.reason);
}

/** Usable instances of the console's driver, where it is known, that keep logs. */
function instancesFor(
  { plugins }: ServiceContext,
  { interfaces }: Node,
  { state }: ConsoleRecord,
): PluginInstance[] {
  const named = ['auto', 'none', ''].includes(interfaces.serial) ? undefined : interfaces.serial;
  const driver = incarnationOf(state)?.driver ?? named;
  return plugins
    .drivers()
    .map(({ instance }) => instance)
    .filter(({ name }) => driver === undefined || name === driver)
    .filter(({ capabilities }) => capabilities.capabilities.includes(Capability.CONSOLE_LOG));
}

function contextOf(node: Node, record: ConsoleRecord): ConsoleContext {
  const incarnation = incarnationOf(record.state);
  const secrets = incarnation?.secrets.reveal();
  return {
    consoleId: record.id,
    generation: incarnation?.generation ?? (record.generation || 1n),
    kind: 'serial',
    fence: 0n,
    access: secrets?.access ?? accessOf(node),
    driverState: secrets?.driverState ?? Buffer.alloc(0),
    restoreState: secrets?.restoreState ?? Buffer.alloc(0),
  };
}

function rangeOf(request: ReadConsoleLogRequest): LogRange {
  const { limitBytes, follow } = request;
  return { since: fromTimestamp(request.since), until: fromTimestamp(request.until), limitBytes, follow };
}

/** Once for each reading, before anything is given out. */
function writeDown(
  { store }: ServiceContext,
  record: ConsoleRecord,
  { actor, subject }: Caller,
  { since, until, follow }: LogRange,
): Promise<void> {
  const fields = [
    ...(since === undefined ? [] : [`since=${timeText(since)}`]),
    ...(until === undefined ? [] : [`until=${timeText(until)}`]),
    ...(follow ? ['follow=true'] : []),
  ];
  const entry = { kind: 'console.log-read' as const, ...consoleParts(record), subject, fields };
  return store.write((unit) => unit.audit(entry), actor);
}

/** Ends the reading when its reader may not see the console any more. */
export function watchRight(
  { scheduler }: ServiceContext,
  allowed: () => Promise<unknown>,
  signal: AbortSignal,
) {
  const ended = new AbortController();
  let lost: unknown;
  const look = () =>
    void allowed().then(
      () => {
        if (!ended.signal.aborted) timer = scheduler.after(lookMs, look);
      },
      (error: unknown) => {
        // A database that does not answer says nothing about a right.
        const isAnswer =
          error instanceof MeshError && /^(PERMISSION|NODE|CONSOLE|SESSION)_/.test(error.reason);
        if (!isAnswer) timer = scheduler.after(lookMs, look);
        else {
          lost = error;
          ended.abort();
        }
      },
    );
  let timer = scheduler.after(lookMs, look);
  return {
    signal: AbortSignal.any([signal, ended.signal]),
    /** Why it was ended. */
    lost: () => lost,
    [Symbol.dispose]() {
      ended.abort();
      timer[Symbol.dispose]();
    },
  };
}

function missing(at: number, message: string): ReadConsoleLogResponse {
  const event = { columns: 0, rows: 0, reason: '', bytes: 0n, generation: 0n, message };
  return {
    at: toTimestamp(at),
    data: Buffer.alloc(0),
    event: { kind: ConsoleLogEventKind.MISSING, ...event },
  };
}

const absent = (at: number) =>
  missing(at, 'The instance that holds the console does not answer; what it has recorded is not shown.');
export const notTheirs = (at: number) =>
  missing(at, 'What was said before is not shown: the node was somebody else’s.');
