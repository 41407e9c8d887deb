import type { ValidateNodeRequest, ValidateNodeResponse } from '@consolemesh/contracts/driver';
import { MeshError, type Violation } from '@consolemesh/errors';
import type { Driver } from '../driver.ts';
import type { ConsoleLife } from './console-life.ts';
import { type CallReader, requireKind } from './read-calls.ts';

/** Every mistake in a node's options; with `check_reachability` and none of syntax, also what the machine has to say. */
export async function validateNode(
  request: ValidateNodeRequest,
  signal: AbortSignal,
  { driver, reader, life }: { driver: Driver; reader: CallReader; life: ConsoleLife },
): Promise<ValidateNodeResponse> {
  const { node, violations } = reader.node(request.node);
  const kinds =
    request.kinds.length > 0
      ? request.kinds.map((kind) => requireKind(driver, kind))
      : driver.consoles.map((console) => console.kind);
  const mistakes = [...violations, ...(driver.inspect?.(node, kinds) ?? [])];
  if (mistakes.length > 0 || !request.checkReachability || !driver.validate) return { violations: mistakes };
  const found = await life
    .reach(node, () => driver.validate!(node, kinds, signal), { byHand: true, signal })
    .catch((error: unknown) => [violationOf(error, driver)]);
  // The console's own logins are not tried here: what is known of them is said.
  const known = life.refusals(node).map((error) => violationOf(error, driver));
  return { violations: [...found, ...known] };
}

/** A machine that cannot be used is what was asked for, not a failure of the call. */
function violationOf(error: unknown, driver: Driver): Violation {
  if (!(error instanceof MeshError) || !error.reason.startsWith('BMC_')) throw error;
  const field = error.metadata.field ?? driver.fields?.[error.reason] ?? 'driver_info';
  return { field, reason: error.reason, message: error.message };
}
