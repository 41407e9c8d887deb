import type {
  ConsoleContext,
  DriverServiceImplementation,
  StartConsoleRequest,
} from '@consolemesh/contracts/driver';
import { type Violation, violationsError } from '@consolemesh/errors';
import { fingerprintOf } from '../breaker.ts';
import type { Driver } from '../driver.ts';
import type { GateCall, GenerationGate } from '../generation-gate.ts';
import type { ConsoleLogs } from '../record/open-console-logs.ts';
import type { RelayDoor } from '../relay/relay-door.ts';
import { maxStateBytes } from '../state-envelope.ts';
import { pageOf } from '../watch/paging.ts';
import { endpointKinds } from '../words.ts';
import type { ConsoleLife, StopResult } from './console-life.ts';
import type { ConsoleDescriber } from './describe-console.ts';
import { type Incarnation, newIncarnation } from './incarnation.ts';
import { machineCalls } from './machine-calls.ts';
import type { CallReader, ReadCall } from './read-calls.ts';
import { validateNode } from './validate-node.ts';
import { type WatchParts, watchConsoles } from './watch-consoles.ts';

/** What the service of one driver instance is made of. */
export interface DriverServiceParts extends WatchParts {
  readonly driver: Driver;
  readonly gate: GenerationGate<Incarnation, StopResult>;
  readonly life: ConsoleLife;
  readonly reader: CallReader;
  readonly describer: ConsoleDescriber;
  readonly door: RelayDoor;
  readonly now: () => number;
  readonly logs?: ConsoleLogs | undefined;
}

/** driver.v1 of any driver. */
export function createDriverService(parts: DriverServiceParts): DriverServiceImplementation {
  const { driver, gate, life, reader, describer } = parts;

  return {
    ...machineCalls(parts),
    validateNode: (request, context) => validateNode(request, context.signal, parts),

    async prepareConsole(request, context) {
      const { call, violations } = reader.context(request.context);
      gate.judge(call);
      requireValid(violations);
      if (!driver.prepare) return { restoreState: Buffer.alloc(0), changes: [] };
      const prepared = await life.reach(call.node, () => driver.prepare!(call, context.signal), {
        signal: context.signal,
      });
      if (prepared.restoreState.length > maxStateBytes)
        throw new Error('the driver answered more restore_state than allowed');
      return { restoreState: prepared.restoreState, changes: [...prepared.changes] };
    },

    async startConsole(request, context) {
      const read = reader.context(request.context);
      requireValid([...read.violations, ...startMistakes(request)]);
      const { call } = read;
      const make = (fence: bigint) => newIncarnation({ ...call, fence }, wishOf(request));
      const incarnation = await gate.start(gateCall(read, context.signal), startFingerprint(request), make);
      return incarnation.answer!;
    },

    async stopConsole(request, context) {
      const read = reader.context(request.context);
      const { call, envelope } = read;
      // Another instance may have made it: then this one restores, if there is anything to end or to restore.
      const traces = envelope !== undefined || call.restoreState.length > 0;
      const { consolePassword } = request;
      const wish = { acceptable: [], excluded: [], consolePassword, attachKey: Buffer.alloc(0) };
      const orphan = traces ? (fence: bigint) => newIncarnation({ ...call, fence }, wish) : undefined;
      const result = await gate.stop(gateCall(read, context.signal), orphan, (standing) =>
        renewNode(standing, read),
      );
      return { leftChanged: [...(result?.leftChanged ?? [])] };
    },

    async getConsole(request, context) {
      return { console: await describer.look(reader.context(request.context), 0, context.signal) };
    },

    async listConsoles(request) {
      const { items, nextPageToken } = pageOf(gate.held(), (seen) => seen.consoleId, request);
      return { consoles: items.map((seen) => describer.describe(seen)), nextPageToken };
    },

    watchConsoles: (requests, context) => watchConsoles(requests, context.signal, parts),
  };
}

/**
 * DRV-STOP-6: what comes with a stop is how the machine is reached by now. Not where options have mistakes, which keep nothing from being
 * stopped, nor where the caller does not know what was changed at the machine: that may be another one than the node names now.
 */
function renewNode(standing: Incarnation, { call, violations }: ReadCall): void {
  if (violations.length > 0 || !call.restoreState.equals(standing.call.restoreState)) return;
  standing.call = { ...standing.call, node: call.node };
}

function gateCall({ call }: ReadCall, signal: AbortSignal): GateCall {
  const { consoleId, generation, fence } = call;
  return { consoleId, generation, fence, signal };
}

function requireValid(violations: readonly Violation[]): void {
  if (violations.length > 0) throw violationsError(violations);
}

function startMistakes(request: StartConsoleRequest): Violation[] {
  const mistakes: Violation[] = [];
  if (request.acceptable.length === 0) {
    mistakes.push({
      field: 'acceptable',
      reason: 'FIELD_REQUIRED',
      message: 'is empty; expected at least one kind of endpoint',
    });
  }
  if (request.acceptable.some((kind) => endpointKinds.word(kind) === undefined)) {
    mistakes.push({
      field: 'acceptable',
      reason: 'FIELD_INVALID',
      message: 'names a kind of endpoint that does not exist',
    });
  }
  if (request.attachKey.length !== 32) {
    const reason = request.attachKey.length === 0 ? 'FIELD_REQUIRED' : 'FIELD_INVALID';
    mistakes.push({
      field: 'attach_key',
      reason,
      message: `has ${request.attachKey.length} bytes; expected 32`,
    });
  }
  return mistakes;
}

function wishOf(request: StartConsoleRequest) {
  return {
    acceptable: request.acceptable.flatMap((kind) => endpointKinds.word(kind) ?? []),
    excluded: request.excluded,
    consolePassword: request.consolePassword,
    attachKey: request.attachKey,
  };
}

/** What makes two calls the same: everything but the fence and the states that come and go with the calls. */
function startFingerprint(request: StartConsoleRequest): string {
  const { kind, node } = request.context as ConsoleContext;
  const { acceptable, consolePassword, attachKey } = request;
  return fingerprintOf([kind, node, acceptable, consolePassword, attachKey.toString('base64')]);
}
