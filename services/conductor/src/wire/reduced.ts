import type { Console, Node, Plugin, Session } from '@consolemesh/contracts/conductor';
import type { Failure } from '@consolemesh/contracts/types';
import { errorRow, isReason, MeshError } from '@consolemesh/errors';

/** A node without what is known of its BMC: `driver_info` and `driver_secrets` are empty, as Ironic hides `driver_info` from lessees. */
export function reducedNode(node: Node): Node {
  return { ...node, driverInfo: {}, driverSecrets: {} };
}

/** A console whose reasons stay, and whose sentences, which may name addresses, are those of the error table. */
export function reducedConsole(console: Console): Console {
  return {
    ...console,
    driverWhy: '',
    conditions: console.conditions.map((item) => ({ ...item, message: meaningOf(item.reason) })),
    lastError: console.lastError && reducedFailure(console.lastError),
  };
}

/** A session without the proxy that carries it, and without what its end tells of the machine; what somebody did to it stays. */
export function reducedSession(session: Session): Session {
  const { end } = session;
  const bySomebody = end !== undefined && /^(SESSION|TOKEN)_/.test(end.reason);
  return { ...session, proxyId: '', end: end && !bySomebody ? reducedFailure(end) : end };
}

/** A plugin without its instances: they tell where it runs. */
export function reducedPlugin(plugin: Plugin): Plugin {
  return { ...plugin, instances: [] };
}

/** An error of a driver without what it tells about the machine. */
export function reducedError(error: unknown): unknown {
  return error instanceof MeshError ? new MeshError(error.reason, undefined, { cause: error }) : error;
}

/** What a reason means, whatever happened in particular; empty for a word that is no reason. */
export function meaningOf(reason: string): string {
  return isReason(reason) ? errorRow(reason).meaning : '';
}

function reducedFailure(failure: Failure): Failure {
  return { ...failure, message: meaningOf(failure.reason) };
}
