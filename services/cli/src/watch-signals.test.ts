import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { sameSignalMs, watchSignals } from './watch-signals.ts';

const watch = () => {
  const process = new EventEmitter();
  const exits: number[] = [];
  let now = 0;
  const { stop } = watchSignals(
    process,
    (code) => exits.push(code),
    () => now,
  );
  return {
    stop,
    exits,
    signal: (name = 'SIGINT', after = 0) => {
      now += after;
      process.emit(name);
    },
  };
};

test('a command that did not ask ends at once', () => {
  const { exits, signal } = watch();
  signal();
  expect(exits).toEqual([130]);
});

test('a command that asked is told, and the same Ctrl-C delivered twice is one', () => {
  const { exits, signal, stop } = watch();
  const asked = stop();
  expect(asked.aborted).toBe(false);
  signal('SIGINT');
  signal('SIGINT', sameSignalMs - 1);
  expect(asked.aborted).toBe(true);
  expect(exits).toEqual([]);
  signal('SIGTERM', 1);
  expect(exits).toEqual([130]);
});
