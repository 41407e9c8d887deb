import { firstSize } from '../hub/first-size.ts';
import type { LineObserver } from '../hub/taps.ts';
import type { ConsoleLog } from './console-log.ts';

/** An incarnation whose line is being recorded. */
export interface Recording {
  /** To be shown everything that happens on the line. */
  readonly observer: LineObserver;
  /** The incarnation has ended; resolves when that is written down. Further calls do nothing. */
  end(): Promise<void>;
}

/** Writes down what is shown to its observer. Who comes, goes and writes is none of it: the audit log has that. */
export function recordLine(
  log: ConsoleLog,
  generation: bigint,
  now: () => number,
  release: () => Promise<void>,
): Recording {
  let ended = false;
  let isLost = false;
  // Somebody may follow a log from one incarnation to the next, which knows nothing of the size before.
  log.size = firstSize;
  log.note('started', now(), `${generation}`);
  return {
    observer: {
      bytes(chunk, at) {
        if (!ended) log.bytes(chunk, at);
      },
      event(event, at) {
        if (ended) return;
        switch (event.$case) {
          case 'upstreamLost':
            isLost = true;
            return log.note('lost', at, event.value.reason);
          case 'upstreamRestored':
            if (isLost) log.note('restored', at);
            isLost = false;
            return;
          case 'resized':
            if (!event.value.size) return;
            log.size = event.value.size;
            return log.note('resized', at);
          case 'break':
            return log.note('break', at);
        }
      },
    },
    async end() {
      if (ended) return;
      ended = true;
      log.note('stopped', now());
      await release();
    },
  };
}
