import { AttachRequest, AttachResponse } from '@consolemesh/contracts/stream';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { decodeResponse, encodeRequest } from './attach-definition.ts';

const bytes = fc
  .oneof(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(new Uint8Array(16_384), new Uint8Array(65_536)))
  .map((value) => Buffer.from(value));

test.prop([bytes])('data that we encode is what the generated codec reads', (value) => {
  const { frame } = AttachRequest.decode(encodeRequest({ frame: { $case: 'data', value } }));
  expect(frame?.$case === 'data' && frame.value.equals(value)).toBe(true);
});

test.prop([bytes])('data that the generated codec encodes is what we read', (value) => {
  const encoded = Buffer.from(AttachResponse.encode({ frame: { $case: 'data', value } }).finish());
  const { frame } = decodeResponse(encoded);
  expect(frame?.$case === 'data' && frame.value.equals(value)).toBe(true);
});

test.prop([fc.uint8Array({ maxLength: 40 })])('what is odd is left to the generated codec', (value) => {
  const outcome = (decode: (bytes: Buffer) => AttachResponse) => {
    try {
      return decode(Buffer.from(value));
    } catch {
      return 'refused';
    }
  };
  const theirs = outcome((encoded) => AttachResponse.decode(encoded));
  expect(outcome(decodeResponse)).toEqual(theirs);
});
