import {
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
// counters as decimal text (they may be beyond what JSON numbers hold). A field that is not set is left out.

export function nodeView(node: Node) {
  return {
    ...node,
    route: wordOf(Route, node.route),
    createdAt: isoTime(node.createdAt),
    updatedAt: isoTime(node.updatedAt),
  };
}

export function consoleView(console: Console) {
  return {
    ...console,
    kind: wordOf(ConsoleKind, console.kind),
    desired: wordOf(DesiredState, console.desired),
    observed: wordOf(ObservedState, console.observed),
    generation: console.generation.toString(),
    endpointKind: wordOf(EndpointKind, console.endpointKind),
    conditions: console.conditions.map((condition) => ({ ...condition, since: isoTime(condition.since) })),
    lastError: failureView(console.lastError),
    nextAttemptAt: isoTime(console.nextAttemptAt),
  };
}

export function sessionView(session: Session) {
  return {
    ...session,
    key: session.key && { consoleId: session.key.consoleId, generation: session.key.generation.toString() },
    kind: wordOf(ConsoleKind, session.kind),
    role: wordOf(Role, session.role),
    state: wordOf(SessionState, session.state),
    openedAt: isoTime(session.openedAt),
    expiresAt: isoTime(session.expiresAt),
    end: failureView(session.end),
  };
}

export function tokenView(token: Token) {
  return {
    ...token,
    key: token.key && { consoleId: token.key.consoleId, generation: token.key.generation.toString() },
    kind: wordOf(ConsoleKind, token.kind),
    role: wordOf(Role, token.role),
    issuedAt: isoTime(token.issuedAt),
    expiresAt: isoTime(token.expiresAt),
  };
}

export function validationView(validation: InterfaceValidation) {
  return { ...validation, valid: validation.driver !== '' && validation.violations.length === 0 };
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
    instances: plugin.instances.map((instance) => ({
      ...instance,
      state: wordOf(ProbeState, instance.state),
    })),
  };
}

function failureView(failure: Failure | undefined) {
  return failure && { ...failure, at: isoTime(failure.at) };
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
