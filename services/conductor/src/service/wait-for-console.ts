import type { ConsoleRecord } from '../domain/console.ts';
import type { ServiceContext } from './context.ts';

/** Longest wait of a call, ms. */
export const longestWaitMs = 300_000;

/**
 * Waits until a console is as wanted, at most `ms`; answers it as it is then, `undefined` when it is gone. Listens before it looks, so
 * nothing is missed.
 */
export async function waitForConsole(
  context: Pick<ServiceContext, 'store' | 'feed' | 'scheduler'>,
  id: string,
  done: (record: ConsoleRecord) => boolean,
  ms: number,
  signal: AbortSignal,
): Promise<ConsoleRecord | undefined> {
  let wake: () => void = () => {};
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let over = false;
  const end = () => {
    over = true;
    wake();
  };
  const unsubscribe = context.feed.onChanges(({ consoles, gone }) => {
    if (consoles.some((record) => record.id === id) || gone.some(({ consoleId }) => consoleId === id)) wake();
  });
  const timer = context.scheduler.after(Math.min(ms, longestWaitMs), end);
  signal.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      const record = await context.store.findConsole(id);
      if (!record || done(record) || over || signal.aborted) return record;
      await changed;
      changed = new Promise((resolve) => {
        wake = resolve;
      });
      if (over) return await context.store.findConsole(id);
    }
  } finally {
    unsubscribe();
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', end);
  }
}
