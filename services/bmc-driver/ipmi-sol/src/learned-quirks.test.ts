import { NO_QUIRKS } from '@consolemesh/ipmi';
import { expect, it } from 'vitest';
import { createLearnedQuirks } from './learned-quirks.ts';

it('what a second attempt has found out is known at the next login', () => {
  const learned = createLearnedQuirks();
  learned.learn('a', {
    quirks: { ...NO_QUIRKS, integrityPad: 'withoutTrailer', noKeepalive: true },
    quirkNames: ['nokeepalive'],
    attempts: 2,
  });
  expect(learned.of('a')).toEqual(['icts']);
  expect(learned.of('b')).toEqual([]);
});

it('a login that succeeds at once teaches nothing, and neither does one that deviates in nothing', () => {
  const learned = createLearnedQuirks();
  const quirks = { ...NO_QUIRKS, integrityPad: 'withoutTrailer' as const };
  learned.learn('a', { quirks, quirkNames: [], attempts: 1 });
  learned.learn('a', { quirks: NO_QUIRKS, quirkNames: [], attempts: 3 });
  expect(learned.of('a')).toEqual([]);
});

it('no more BMCs are remembered than there may be, the newest', () => {
  const learned = createLearnedQuirks();
  const quirks = { ...NO_QUIRKS, integrityPad: 'withoutTrailer' as const };
  for (let i = 0; i <= 10_000; i += 1) learned.learn(`${i}`, { quirks, quirkNames: [], attempts: 2 });
  expect([learned.of('0'), learned.of('10000')]).toEqual([[], ['icts']]);
});
