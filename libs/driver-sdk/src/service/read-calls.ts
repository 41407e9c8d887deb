import type { ConsoleContext, NodeAccess } from '@consolemesh/contracts/driver';
import type { ConsoleKey } from '@consolemesh/contracts/types';
import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import { createOptionsChecker } from '../check-options.ts';
import type { ConsoleCall, Driver, Kind, Node } from '../driver.ts';
import { inspectConsoleLog } from '../record/console-log-option.ts';
import { decodeState, maxStateBytes, type StateEnvelope } from '../state-envelope.ts';
import { kinds } from '../words.ts';

/** A console call that was read, and what came with it. */
export interface ReadCall {
  readonly call: ConsoleCall;
  /** Mistakes in the node's options; `call.node` holds the options without mistakes. */
  readonly violations: readonly Violation[];
  /** What any instance of this SDK answered for this incarnation. */
  readonly envelope: StateEnvelope | undefined;
}

/** Turns messages into domain values and refuses what the contract does not allow. */
export interface CallReader {
  /** @throws MeshError with every mistake of the key; mistakes of the options are in the answer */
  context(context: ConsoleContext | undefined): ReadCall;
  /** @throws MeshError when there is no node; mistakes of the options are in the answer */
  node(node: NodeAccess | undefined): { node: Node; violations: readonly Violation[] };
  /** The same, for calls that need valid options. */
  validNode(node: NodeAccess | undefined): Node;
}

/** A reader for one driver's options; `records`: its serial consoles can be recorded here. */
export function createCallReader(driver: Driver, records = false): CallReader {
  const checkInfo = createOptionsChecker(driver.options.driver_info, 'driver_info');
  const checkSecrets = createOptionsChecker(driver.options.driver_secrets, 'driver_secrets', true);

  function node(access: NodeAccess | undefined): { node: Node; violations: readonly Violation[] } {
    if (!access) throw violationsError([{ field: 'node', reason: 'FIELD_REQUIRED', message: 'is not set' }]);
    const info = checkInfo(access.driverInfo);
    const secrets = checkSecrets(access.driverSecrets);
    return {
      node: { id: access.nodeId, name: access.nodeName, info: info.values, secrets: secrets.values },
      violations: [...info.violations, ...inspectConsoleLog(info.values, records), ...secrets.violations],
    };
  }

  return {
    node,
    validNode(access) {
      const read = node(access);
      if (read.violations.length > 0) throw violationsError(read.violations);
      return read.node;
    },
    context(context) {
      if (!context)
        throw violationsError([{ field: 'context', reason: 'FIELD_REQUIRED', message: 'is not set' }]);
      requireKey(context.key, 'context.key');
      requireState(context.driverState, 'context.driver_state');
      requireState(context.restoreState, 'context.restore_state');
      const read = node(context.node);
      const envelope = decodeState(context.driverState);
      const call: ConsoleCall = {
        consoleId: context.key.consoleId,
        generation: context.key.generation,
        fence: context.fence,
        kind: requireKind(driver, context.kind),
        node: read.node,
        state: envelope?.state ?? Buffer.alloc(0),
        restoreState: context.restoreState,
      };
      return { call, violations: read.violations, envelope };
    },
  };
}

/** Refuses a key that is none: every plugin call about a console carries one. */
export function requireKey(key: ConsoleKey | undefined, field: string): asserts key is ConsoleKey {
  const violations: Violation[] = [];
  if (!/^[A-Za-z0-9_.:-]{1,64}$/.test(key?.consoleId ?? '')) {
    const reason = key?.consoleId ? 'FIELD_INVALID' : 'FIELD_REQUIRED';
    violations.push({
      field: `${field}.console_id`,
      reason,
      message: 'is missing or malformed; expected a UUID',
    });
  }
  if (!key || key.generation < 1n) {
    violations.push({
      field: `${field}.generation`,
      reason: 'FIELD_REQUIRED',
      message: 'is missing; expected a number from 1 upwards',
    });
  }
  if (violations.length > 0) throw violationsError(violations);
}

function requireState(state: Buffer, field: string): void {
  if (state.length <= maxStateBytes) return;
  throw violationsError([
    {
      field,
      reason: 'FIELD_INVALID',
      message: `has ${state.length} bytes; at most ${maxStateBytes} are allowed`,
    },
  ]);
}

/** The kind of console, if this driver makes it. */
export function requireKind(driver: Driver, number: number): Kind {
  const kind = kinds.require(number, 'context.kind');
  if (!driver.consoles.some((console) => console.kind === kind)) {
    throw new MeshError('CAPABILITY_MISSING', `This driver makes no ${kind} console.`);
  }
  return kind;
}
