import type { Logger } from '../log/logger.ts';

/** What a server needs to be of any use, such as its database. */
export interface Need {
  /** Rejects while it is not there. Bounded in time by whoever provides it. */
  readonly ask: () => Promise<unknown>;
  /** For the log: what cannot be reached. */
  readonly name: string;
  readonly setServing: (serving: boolean) => void;
  readonly logger: Logger;
  /** Between two questions, ms; 1 000 unless told. */
  readonly everyMs?: number;
}

/** One failure may be a restart of a connection; two in a row are said. */
const patience = 2;

/**
 * Lets a server say NOT_SERVING while what it needs is away, so that clients turn to another instance that still has it (a cut cable, a
 * full pool), and SERVING again as soon as it answers. Calls are taken all the same: who has no other instance gets the real reason.
 * Disposing it asks no more and leaves the health as it is.
 */
export function serveWhile({ ask, name, setServing, logger, everyMs = 1_000 }: Need): AsyncDisposable {
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let asking = Promise.resolve();

  const round = async () => {
    try {
      await ask();
      if (stopped) return;
      if (failures >= patience) logger.info({ need: name }, 'can be reached again');
      failures = 0;
      setServing(true);
    } catch (error) {
      failures += 1;
      if (stopped || failures < patience) return;
      if (failures === patience)
        logger.warn({ err: error, need: name }, 'cannot be reached; saying that nothing is served');
      setServing(false);
    }
  };
  const next = () => {
    timer = setTimeout(() => {
      asking = round().finally(() => {
        if (!stopped) next();
      });
    }, everyMs).unref();
  };
  next();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await asking;
    },
  };
}
