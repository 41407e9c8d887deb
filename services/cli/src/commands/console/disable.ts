import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { toDuration } from '@consolemesh/mesh';
import type { Context } from '../../context.ts';
import { consoleView } from '../../output/views.ts';
import { enumOf } from '../../output/words.ts';
import { withProgress } from '../../progress.ts';
import { readDuration } from '../../read-duration.ts';
import { callMs } from './enable.ts';
import { consoleFields, wayOut } from './show.ts';

/** Switches a console off. When told to wait it fails unless the console is off in time. */
export async function disableConsole(
  context: Context,
  options: { kind: string; wait?: string; linger?: string; force?: boolean; quiet?: boolean },
  node: string,
): Promise<void> {
  const { kind, quiet } = options;
  const wait = readDuration('--wait', options.wait);
  const linger = readDuration('--linger', options.linger);
  const { consoles } = await context.conductor((wait ?? 0) + callMs);
  const call = consoles.disableConsole({
    node,
    kind: enumOf(ConsoleKind, kind),
    force: options.force === true,
    ...(linger === undefined ? {} : { linger: toDuration(linger) }),
    ...(wait === undefined ? {} : { wait: toDuration(wait) }),
  });
  const { console } =
    wait === undefined
      ? await call
      : await withProgress(context.io, quiet === true, `disabling the ${kind} console of ${node}`, call);
  context.show(consoleView(console!), consoleFields(console!));
  if (wait === undefined || console!.observed === ObservedState.STOPPED) return;
  const { lastError } = console!;
  throw new MeshError(
    'DEADLINE_EXCEEDED',
    `The console of ${node} is still stopping after ${wait / 1000} s${lastError ? `: ${lastError.message}` : '.'}`,
    lastError ? { metadata: { hint: wayOut(console!) } } : {},
  );
}
