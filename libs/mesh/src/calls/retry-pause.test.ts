import { errorTable, MeshError, type Reason } from '@consolemesh/errors';
import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { Status } from 'nice-grpc-common';
import { RetryInfo, RichClientError } from 'nice-grpc-error-details';
import { describe, expect, it } from 'vitest';
import { mostAttempts, retryPause } from './retry-pause.ts';

const reasons = Object.keys(errorTable) as Reason[];
const failed = { attempt: 1, unprocessed: false, repeatable: true };
const of = (reason: Reason) => ({ ...failed, error: new MeshError(reason) });
const half = () => 0.5;

/** An error with which the server says how long to wait, s. */
const wishing = (seconds: number, reason: Reason = 'UNAVAILABLE') => {
  const info = RetryInfo.fromPartial({ retryDelay: { seconds, nanos: 500_000_000 } });
  const cause = new RichClientError('/a.B/C', Status.UNAVAILABLE, 'later', [info]);
  return { ...failed, error: new MeshError(reason, undefined, { cause }) };
};

describe('what is made again', () => {
  it('is what an instance says of itself, and nothing else of the error table', () => {
    const again = reasons.filter((reason) => retryPause(of(reason), half) !== undefined);
    expect(again.sort()).toEqual(['DRAINING', 'NOT_HELD', 'STORE_UNAVAILABLE', 'UNAVAILABLE']);
  });

  it('goes elsewhere at once, for the first time', () => {
    expect(retryPause(of('DRAINING'), half)).toBe(0);
    expect(retryPause({ ...of('DRAINING'), attempt: 2 }, half)).toBe(100);
  });

  it('changes something only when nobody has seen it', () => {
    const changing = { ...of('UNAVAILABLE'), repeatable: false };
    expect(retryPause(changing, half)).toBeUndefined();
    expect(retryPause({ ...changing, unprocessed: true }, half)).toBe(50);
  });

  it('waits as long as the server wishes, unless that is too long or a limit is reached', () => {
    expect(retryPause(wishing(1), () => 0)).toBe(1_500);
    expect(retryPause(wishing(1, 'BMC_BUSY'), () => 0)).toBe(1_500);
    expect(retryPause(wishing(60), () => 0)).toBeUndefined();
    expect(retryPause(wishing(1, 'RATE_LIMITED'), () => 0)).toBeUndefined();
    expect(retryPause(wishing(1, 'BMC_AUTHENTICATION_FAILED'), () => 0)).toBeUndefined();
  });

  it('is no error of the program', () => {
    expect(retryPause({ ...failed, error: new TypeError('x'), unprocessed: true }, half)).toBeUndefined();
  });

  property.prop([fc.integer({ min: 1, max: 20 }), fc.double({ min: 0, max: 1, noNaN: true })])(
    'waits between nothing and a bound that doubles, and ends after five attempts',
    (attempt, random) => {
      const pause = retryPause({ ...of('UNAVAILABLE'), attempt }, () => random);
      if (attempt >= mostAttempts) {
        expect(pause).toBeUndefined();
        return;
      }
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThanOrEqual(100 * 2 ** (attempt - 1));
    },
  );
});
