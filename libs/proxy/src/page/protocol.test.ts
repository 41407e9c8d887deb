import { describe, expect, it } from 'vitest';
import { largestControlMessage, parseServerMessage } from './protocol.ts';

describe('a control message of the server', () => {
  it('is read field by field', () => {
    expect(
      parseServerMessage(
        '{"type":"in-use","subject":"bob","since":"2026-11-20T14:03:00Z","mayTakeOver":true,"resume":"t"}',
      ),
    ).toEqual({
      type: 'in-use',
      subject: 'bob',
      since: '2026-11-20T14:03:00Z',
      mayTakeOver: true,
      resume: 't',
    });
  });

  it('gives the smaller right where it does not say which', () => {
    expect(parseServerMessage('{"type":"opened","role":"owner"}')).toMatchObject({
      role: 'view',
      idleTimeoutMs: null,
    });
  });

  it('does not resume unless it is told to', () => {
    expect(parseServerMessage('{"type":"closing","canResume":"yes","retryAfterMs":"5"}')).toEqual({
      type: 'closing',
      reason: 'INTERNAL',
      message: undefined,
      canResume: false,
      retryAfterMs: null,
    });
  });

  it.each(['', 'no json', '[]', 'null', '7', '{"type":"of a later version"}', '{"type":"resume"}'])(
    'that is not understood is ignored: %j',
    (text) => {
      expect(parseServerMessage(text)).toBeUndefined();
    },
  );

  it('that is too long is ignored', () => {
    const text = JSON.stringify({ type: 'notice', message: 'x'.repeat(largestControlMessage) });
    expect(parseServerMessage(text)).toBeUndefined();
  });
});
