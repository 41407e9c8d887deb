import { expect, test } from 'vitest';
import { createGuessLimit, guessLimits } from './guess-limit.ts';
import { createManualClock } from './testing.ts';

test('a proxy that guesses too much is refused until the window ends, and the others are not', () => {
  const clock = createManualClock();
  const guesses = createGuessLimit(clock);
  for (let i = 0; i < guessLimits.wrong; i++) {
    guesses.check('p1');
    guesses.wrong('p1');
  }
  expect(() => guesses.check('p1')).toThrow(expect.objectContaining({ reason: 'RATE_LIMITED' }));
  guesses.check('p2');
  clock.pass(guessLimits.windowMs);
  guesses.check('p1');
});

test('a flood of invented names costs no more memory than the limit, and is still counted', () => {
  const guesses = createGuessLimit(createManualClock());
  for (let i = 0; i < guessLimits.proxies + guessLimits.wrong; i++) guesses.wrong(`invented-${i}`);
  expect(() => guesses.check('')).toThrow(expect.objectContaining({ reason: 'RATE_LIMITED' }));
});
