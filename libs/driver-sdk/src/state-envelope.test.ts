import { StartConsoleResponse } from '@consolemesh/contracts/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState, maxStateBytes } from './state-envelope.ts';

describe('the envelope of driver_state', () => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.string({ maxLength: 100 }), (state, why) => {
        const answer = StartConsoleResponse.fromPartial({ why, chosen: 2 });
        expect(decodeState(encodeState({ answer, state: Buffer.from(state) }))).toEqual({
          answer,
          state: Buffer.from(state),
        });
      }),
    );
  });

  it('takes anything else for nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeState(Buffer.from(bytes))).not.toThrow();
      }),
    );
    expect(decodeState(Buffer.alloc(0))).toBeUndefined();
    expect(decodeState(Buffer.from('a state of somebody else'))).toBeUndefined();
  });

  it('refuses more than the contract allows', () => {
    const answer = StartConsoleResponse.fromPartial({});
    expect(() => encodeState({ answer, state: Buffer.alloc(maxStateBytes) })).toThrow(/at most 16384/);
  });
});
