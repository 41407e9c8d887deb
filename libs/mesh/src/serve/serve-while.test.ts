import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { silentLogger } from '../log/logger.ts';
import { serveWhile } from './serve-while.ts';

/** A database whose answers are told one by one, and what the server said of itself after each. */
function database() {
  const waiting: ((error?: Error) => void)[] = [];
  const said: boolean[] = [];
  return {
    said,
    need: {
      name: 'the database',
      logger: silentLogger,
      everyMs: 0,
      setServing: (serving: boolean) => said.push(serving),
      ask: () =>
        new Promise<void>((resolve, reject) => {
          waiting.push((error) => (error ? reject(error) : resolve()));
        }),
    },
    async answers(error?: Error) {
      while (waiting.length === 0) await turn();
      waiting.shift()!(error);
      await turn();
    },
    /** Ends the watch while a question is on its way, which is answered then. */
    async end(watch: AsyncDisposable, error?: Error) {
      while (waiting.length === 0) await turn();
      const ended = watch[Symbol.asyncDispose]();
      waiting.shift()!(error);
      await ended;
    },
  };
}

const away = new Error('away');

it('says that nothing is served from the second failure in a row to the next answer', async () => {
  const { need, said, answers, end } = database();
  const watch = serveWhile(need);
  for (const error of [undefined, away, undefined, away]) await answers(error);
  expect(said).toEqual([true, true]);
  for (const error of [away, away]) await answers(error);
  expect(said).toEqual([true, true, false, false]);
  await answers();
  expect(said.at(-1)).toBe(true);
  await end(watch);
});

it('says nothing any more once it is disposed of, not even what was asked before', async () => {
  const { need, said, answers, end } = database();
  const watch = serveWhile(need);
  await answers(away);
  await end(watch, away);
  expect(said).toEqual([]);
});
