import type { StartConsoleRequest, StartConsoleResponse } from '@consolemesh/contracts/driver';
import type { MeshError } from '@consolemesh/errors';
import type { ConsoleCall, EndpointKind, Started } from '../driver.ts';

/** Why something does not work, and since when (ms since the epoch). */
export interface Trouble {
  readonly error: MeshError;
  readonly at: number;
}

/** One incarnation of one console, as this instance holds it. */
export interface Incarnation {
  /** What came with the call that made it; `state` is the driver's newest. */
  call: ConsoleCall;
  /** Kinds that the caller accepts, best first. */
  readonly acceptable: readonly EndpointKind[];
  readonly excluded: StartConsoleRequest['excluded'];
  readonly consolePassword: string;
  readonly attachKey: Buffer;
  started: Started | undefined;
  /** What was answered, `driver_state` included. */
  answer: StartConsoleResponse | undefined;
  /** What the last look found; undefined when all is well. */
  trouble: Trouble | undefined;
  /** When it was looked at last, ms since the epoch. */
  lookedAt: number;
}

/** An incarnation that nothing has been made for. */
export function newIncarnation(
  call: ConsoleCall,
  wish: Pick<Incarnation, 'acceptable' | 'excluded' | 'consolePassword' | 'attachKey'>,
): Incarnation {
  return { call, ...wish, started: undefined, answer: undefined, trouble: undefined, lookedAt: 0 };
}
