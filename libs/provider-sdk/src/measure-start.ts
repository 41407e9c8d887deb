import { measure, reasonOf } from '@consolemesh/telemetry';

/** How a console got its container: a new one, or one that stood there already. */
export type StartKind = 'made' | 'adopted';

/** Measures a start until the VNC server's banner came, or until it failed; `start` answers how the console got its container. */
export async function measureStart(provider: string, start: () => Promise<StartKind>): Promise<void> {
  const started = performance.now();
  const over = (how: StartKind, reason: string) =>
    measure('consolemesh_container_start_seconds', (performance.now() - started) / 1000, {
      provider,
      how,
      reason,
    });
  try {
    over(await start(), 'OK');
  } catch (error) {
    // What cannot be adopted is made anew, so a failure is one of making.
    over('made', reasonOf(error));
    throw error;
  }
}
