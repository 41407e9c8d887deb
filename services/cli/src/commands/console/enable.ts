import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { isReason, MeshError } from '@consolemesh/errors';
import { toDuration } from '@consolemesh/mesh';
import type { Context } from '../../context.ts';
import { consoleView } from '../../output/views.ts';
import { enumOf } from '../../output/words.ts';
import { withProgress } from '../../progress.ts';
import { readDuration } from '../../read-duration.ts';
import { consoleFields } from './show.ts';

/** Beside the wait itself, for the call, ms. */
export const callMs = 10_000;

/** Switches a console on. When told to wait it fails unless the console is ready in time, with the reason that the console has. */
export async function enableConsole(
  context: Context,
  options: { kind: string; wait?: string; quiet?: boolean },
  node: string,
): Promise<void> {
  const { kind, quiet } = options;
  const wait = readDuration('--wait', options.wait);
  const { consoles } = await context.conductor((wait ?? 0) + callMs);
  const call = consoles.enableConsole({
    node,
    kind: enumOf(ConsoleKind, kind),
    ...(wait === undefined ? {} : { wait: toDuration(wait) }),
  });
  const { console } =
    wait === undefined
      ? await call
      : await withProgress(context.io, quiet === true, `enabling the ${kind} console of ${node}`, call);
  context.show(consoleView(console!), consoleFields(console!));
  if (console!.observed === ObservedState.READY) return;
  if (wait === undefined) {
    const option = kind === 'graphical' ? '' : ` --kind ${kind}`;
    return context.note(`See how far it is with: consolemesh console show ${node}${option}`);
  }
  const { lastError } = console!;
  if (!lastError)
    throw new MeshError('CONSOLE_NOT_READY', `The console of ${node} is not ready after ${wait / 1000} s.`);
  throw new MeshError(isReason(lastError.reason) ? lastError.reason : 'INTERNAL', lastError.message);
}
