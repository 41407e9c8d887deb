import type { StartConsoleRequest, StartConsoleResponse } from '@consolemesh/contracts/driver';
import type { MeshError } from '@consolemesh/errors';
import type { ConsoleCall, EndpointKind, Started } from '../driver.ts';
import { encodeState } from '../state-envelope.ts';

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
  /** The state is newer than what the start answered: whoever watches has to be given it. */
  stateIsNewer: boolean;
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
  return {
    call,
    ...wish,
    started: undefined,
    answer: undefined,
    stateIsNewer: false,
    trouble: undefined,
    lookedAt: 0,
  };
}

/** Puts a state in place of the one that the start answered. Throws MeshError when it is too large. */
export function rememberState(incarnation: Incarnation, state: Buffer): void {
  const { answer, call } = incarnation;
  if (!answer || call.state.equals(state)) return;
  incarnation.answer = { ...answer, driverState: encodeState({ answer, state }) };
  incarnation.call = { ...call, state };
  incarnation.stateIsNewer = true;
}
