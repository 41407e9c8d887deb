import { describe, expect, it } from 'vitest';
import { largestControlMessage, parseServerMessage } from './protocol.ts';

const parse = (message: object) => parseServerMessage(JSON.stringify(message));

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

describe('what a serial console tells', () => {
  const viewer = { session: 's', subject: 'alice', role: 'control', pen: true };

  it('comes with the size of its line and with who is there', () => {
    expect(parse({ type: 'opened', size: { columns: 80, rows: 24 }, viewers: [viewer] })).toMatchObject({
      size: { columns: 80, rows: 24 },
      viewers: [viewer],
    });
    expect(parse({ type: 'opened', size: null })).toMatchObject({ size: undefined, viewers: [] });
    expect(parse({ type: 'opened', size: { columns: 0, rows: 24 }, viewers: 7 })).toMatchObject({
      size: undefined,
      viewers: [],
    });
  });

  it.each([
    [
      { type: 'joined', viewer },
      { type: 'joined', viewer },
    ],
    [{ type: 'joined' }, { type: 'joined', viewer: { session: '', subject: '', role: 'view', pen: false } }],
    [
      { type: 'left', session: 's' },
      { type: 'left', session: 's' },
    ],
    [
      { type: 'pen', holder: null, change: 'released', by: 's' },
      { type: 'pen', holder: undefined, change: 'released', by: 's' },
    ],
    [
      { type: 'resized', columns: 132, rows: 43 },
      { type: 'resized', columns: 132, rows: 43 },
    ],
    [{ type: 'resized', columns: -1, rows: 43 }, undefined],
    [
      { type: 'upstream', state: 'lost', reason: 'BMC_TIMEOUT', message: 'm' },
      { type: 'upstream', state: 'lost', reason: 'BMC_TIMEOUT', message: 'm' },
    ],
    [
      { type: 'upstream', state: 'restored', reason: null, message: null },
      { type: 'upstream', state: 'restored', reason: undefined, message: undefined },
    ],
  ])('as %j is read', (message, read) => {
    expect(parse(message)).toEqual(read);
  });
});
