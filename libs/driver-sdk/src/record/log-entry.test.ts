import { errorTable } from '@consolemesh/errors';
import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { decodeEntry, type EntryKind, encodeEntry, entryBytes } from './log-entry.ts';

const kinds: EntryKind[] = ['data', 'lost', 'restored', 'resized', 'started', 'stopped', 'gap', 'break'];
const entry = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  offset: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  length: fc.integer({ min: 0, max: 0xffffffff }),
  crc: fc.integer({ min: 0, max: 0xffffffff }),
  columns: fc.integer({ min: 0, max: 0xffff }),
  rows: fc.integer({ min: 0, max: 0xffff }),
  note: fc.stringMatching(/^[A-Z0-9_]{0,30}$/),
});

describe('an entry of an index', () => {
  property.prop([entry])('is read as it was written', (written) => {
    const bytes = encodeEntry(written);
    expect(bytes.length).toBe(entryBytes);
    expect(decodeEntry(bytes)).toEqual(written);
  });

  property.prop([entry, fc.integer({ min: 0, max: entryBytes - 1 }), fc.integer({ min: 1, max: 255 })])(
    'is none any more when a byte of it is another',
    (written, at, change) => {
      const bytes = encodeEntry(written);
      bytes[at]! ^= change;
      expect(decodeEntry(bytes)).toBeUndefined();
    },
  );

  property.prop([entry, fc.integer({ min: 0, max: entryBytes - 1 })])(
    'is none when half of it is there, nor when the disk made zeros of it',
    (written, length) => {
      expect(decodeEntry(encodeEntry(written).subarray(0, length))).toBeUndefined();
      expect(decodeEntry(Buffer.alloc(entryBytes))).toBeUndefined();
    },
  );

  it('has room for every reason of the error table', () => {
    for (const reason of Object.keys(errorTable)) expect(reason.length).toBeLessThanOrEqual(30);
  });
});
