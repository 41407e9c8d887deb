import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((text) => /[^0]/.test(text));

describe('a traceparent', () => {
  test.prop([hex(32), hex(16), fc.boolean()])('comes back as it was written', (traceId, spanId, sampled) => {
    const place = { traceId, spanId, traceFlags: sampled ? 1 : 0 };
    expect(parseTraceparent(formatTraceparent(place))).toEqual({ ...place, isRemote: true });
  });

  test.each([
    undefined,
    '',
    `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
    `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`,
    `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'1'.repeat(16)}-01`,
    `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01-more`,
    `00-${'1'.repeat(32)}-${'1'.repeat(16)}`,
  ])('that is none is refused: %s', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  test('of a later version is understood as far as this one goes', () => {
    const text = `01-${'1'.repeat(32)}-${'2'.repeat(16)}-03-what.comes`;
    expect(parseTraceparent(text)).toMatchObject({ spanId: '2'.repeat(16), traceFlags: 1 });
  });
});
