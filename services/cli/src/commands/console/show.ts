import { type Console, ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import type { Context } from '../../context.ts';
import { consoleView } from '../../output/views.ts';
import { enumOf } from '../../output/words.ts';

/** Shows one console. */
export async function showConsole(context: Context, { kind }: { kind: string }, node: string): Promise<void> {
  const { consoles } = await context.conductor();
  const { console } = await consoles.getConsole({ node, kind: enumOf(ConsoleKind, kind) });
  context.show(consoleView(console!), consoleFields(console!));
}

/** Whether what exists of it could not be stopped so far. */
export function isStuck({ observed, lastError }: Console): boolean {
  return observed === ObservedState.STOPPING && lastError !== undefined;
}

/** What to do about a console that cannot be stopped. */
export function wayOut({ nodeName, kind }: Console): string {
  const option = kind === ConsoleKind.SERIAL ? ' --kind serial' : '';
  return `Mend what it says, or give the console up with \`consolemesh console disable ${nodeName}${option} --force\`: what it changed at the machine stays then.`;
}

/** What a person wants to see of a console, in this order. */
export function consoleFields(console: Console): Record<string, unknown> {
  const view = consoleView(console);
  const said = [view.driverWhy, view.lastError?.message];
  return {
    node: view.nodeName,
    kind: view.kind,
    desired: view.desired,
    observed: view.observed,
    'last error': view.lastError && `${view.lastError.reason}: ${view.lastError.message}`,
    'next attempt': view.nextAttemptAt,
    'way out': isStuck(console) ? wayOut(console) : undefined,
    driver: view.driver,
    why: view.driverWhy,
    endpoint: view.endpointKind,
    provider: view.provider,
    sessions: `${view.sessions} of ${view.maxSessions}`,
    generation: view.generation,
    conductor: view.conductor,
    'unverified TLS': view.unverifiedTls ? 'yes: the certificate is not judged' : undefined,
    conditions: view.conditions.map(({ type, status, message, reason }) => {
      // What stands above already is not said again.
      const known = message === undefined || said.some((text) => text?.includes(message));
      return `${status ? '✓' : '✗'} ${type}${status ? '' : ` (${reason})`}${known ? '' : `: ${message}`}`;
    }),
    id: view.id,
  };
}
