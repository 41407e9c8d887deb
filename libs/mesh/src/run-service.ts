import type { Logger } from './logger.ts';

/** Something that runs until it is disposed. */
export interface Running extends AsyncDisposable {
  /** One line for the log: what it offers and where. */
  readonly describe: string;
}

/**
 * Runs a service until SIGTERM or SIGINT, then drains it. Answers the exit code, so that `main.ts` stays the only place that exits:
 * 0 after a drain, 1 when it could not start. A second signal during the drain ends at once with 130.
 */
export async function runService(start: () => Promise<Running>, logger: Logger): Promise<number> {
  const stopped = nextSignal();
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  logger.info({}, running.describe);
  const signal = await stopped;
  logger.info({ signal }, 'draining');
  void nextSignal().then(() => process.exit(130));
  await running[Symbol.asyncDispose]();
  logger.info({}, 'drained');
  return 0;
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
