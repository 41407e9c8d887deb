import { describe, expect, it } from 'vitest';
import { parseServerMessage } from './protocol.ts';

const parse = (message: object) => parseServerMessage(JSON.stringify({ type: 'log', ...message }));

describe('a message about the log', () => {
  it('is read piece by piece, and what makes no sense is left out', () => {
    const pieces = [
      { at: 1, event: 'started', columns: 80, rows: 24 },
      { at: 2, data: 'aGk=' },
      { at: 3, event: 'gap', bytes: 7, message: 'Full.' },
      { at: 4, event: 'resized', columns: 0, rows: 24 },
      { at: 'now', data: 'aGk=' },
      { at: 5 },
      null,
      { at: 6, data: '%%%' },
    ];
    const bare = { size: undefined, reason: undefined, message: undefined, bytes: undefined };
    expect(parse({ reading: 3, pieces, wait: true })).toEqual({
      ...{ type: 'log', reading: 3, wait: true },
      pieces: [
        { at: 1, mark: { ...bare, event: 'started', size: { columns: 80, rows: 24 } } },
        { at: 2, data: Uint8Array.of(104, 105) },
        { at: 3, mark: { ...bare, event: 'gap', bytes: 7, message: 'Full.' } },
        { at: 4, mark: { ...bare, event: 'resized' } },
        { at: 6, data: new Uint8Array() },
      ],
    });
  });

  it('says how a reading ended', () => {
    const failed = { over: 'failed', reason: 'CAPABILITY_MISSING', message: 'Nothing.' };
    expect(parse({ reading: 1, ...failed })).toEqual({ type: 'log', reading: 1, ...failed });
    expect(parse({ reading: 1, over: 'end', reason: null, message: null })).toMatchObject({ over: 'end' });
  });

  it.each([{}, { reading: '1', over: 'end' }, { reading: 1 }, { reading: 1, over: 'perhaps' }])(
    'that is not understood is ignored: %j',
    (message) => expect(parse(message)).toBeUndefined(),
  );
});
