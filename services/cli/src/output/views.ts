import {
  type AuditEvent,
  type Console,
  DesiredState,
  type InterfaceValidation,
  type Node,
  ObservedState,
  type Plugin,
  Route,
  type Session,
  SessionState,
} from '@consolemesh/contracts/conductor';
import { Affinity, Capability, ProbeState } from '@consolemesh/contracts/plugin';
import type { Token } from '@consolemesh/contracts/token';
import { ConsoleKind, EndpointKind, type Failure, Role } from '@consolemesh/contracts/types';
import { isoTime, wordOf } from './words.ts';

// What `-o json` prints: the contract's fields under their lowerCamel names, enums as lower-case words, times in ISO 8601, 64-bit
// counters as decimal text (they may be beyond what JSON numbers hold). What has no value is left out: see `given`.

/** A message whose texts may be missing. */
type Given<T> = { [K in keyof T]: T[K] extends string ? T[K] | undefined : T[K] };

/**
 * A message without its empty texts: the contracts cannot leave a text out, so an empty one means that there is none. Truth values, numbers,
 * lists and maps stay, and so does what a map holds: an empty value there is somebody's.
 */
export function given<T extends object>(message: T): Given<T> {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== '')) as Given<T>;
}

export function nodeView(node: Node) {
  return given({
    ...node,
    interfaces: node.interfaces && given(node.interfaces),
    route: wordOf(Route, node.route),
    createdAt: isoTime(node.createdAt),
    updatedAt: isoTime(node.updatedAt),
  });
}

export function consoleView(console: Console) {
  return given({
    ...console,
    kind: wordOf(ConsoleKind, console.kind),
    desired: wordOf(DesiredState, console.desired),
    observed: wordOf(ObservedState, console.observed),
    generation: console.generation.toString(),
    endpointKind: wordOf(EndpointKind, console.endpointKind),
    conditions: console.conditions.map((condition) =>
      given({ ...condition, since: isoTime(condition.since) }),
    ),
    lastError: failureView(console.lastError),
    nextAttemptAt: isoTime(console.nextAttemptAt),
  });
}

export function sessionView(session: Session) {
  return given({
    ...session,
    key: session.key && { consoleId: session.key.consoleId, generation: session.key.generation.toString() },
    kind: wordOf(ConsoleKind, session.kind),
    role: wordOf(Role, session.role),
    state: wordOf(SessionState, session.state),
    openedAt: isoTime(session.openedAt),
    expiresAt: isoTime(session.expiresAt),
    end: failureView(session.end),
  });
}

export function tokenView(token: Token) {
  return given({
    ...token,
    key: token.key && { consoleId: token.key.consoleId, generation: token.key.generation.toString() },
    kind: wordOf(ConsoleKind, token.kind),
    role: wordOf(Role, token.role),
    issuedAt: isoTime(token.issuedAt),
    expiresAt: isoTime(token.expiresAt),
  });
}

export function auditEventView(event: AuditEvent) {
  return given({ ...event, sequence: event.sequence.toString(), at: isoTime(event.at) });
}

/** `served` is false where `auto` found no driver that was meant for this interface, and therefore no mistake either. */
export function validationView(validation: InterfaceValidation) {
  const { driver, violations } = validation;
  return given({
    ...validation,
    violations: violations.map(given),
    served: driver !== '' || violations.length > 0,
    valid: driver !== '' && violations.length === 0,
  });
}

export function pluginView(plugin: Plugin) {
  return {
    name: plugin.name,
    consoles: (plugin.capabilities?.consoles ?? []).map((console) => ({
      kind: wordOf(ConsoleKind, console.kind),
      endpointKinds: console.endpointKinds.map((kind) => wordOf(EndpointKind, kind)),
      affinity: wordOf(Affinity, console.affinity),
    })),
    capabilities: (plugin.capabilities?.capabilities ?? []).map((one) => wordOf(Capability, one)),
    optionsSchema: parseSchema(plugin.optionsSchema),
    instances: plugin.instances.map((instance) =>
      given({ ...instance, state: wordOf(ProbeState, instance.state) }),
    ),
  };
}

function failureView(failure: Failure | undefined) {
  return failure && given({ ...failure, at: isoTime(failure.at) });
}

/** The schema as it is for JSON, and as its text when it is none. */
function parseSchema(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
