import { AttachRequest, AttachResponse } from '@consolemesh/contracts/stream';
import { Role } from '@consolemesh/contracts/types';
import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { streamDefinition } from './stream-definition.ts';

const { requestType, responseType } = streamDefinition.methods.attach;
const data = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(126, 127, 128, 16_383, 16_384, 65_536).map((length) => new Uint8Array(length).fill(7)),
);

describe('the short path of stream.v1', () => {
  it.prop([data])('writes data frames as the generated code does', (bytes) => {
    const frame = { $case: 'data' as const, value: Buffer.from(bytes) };
    const request = Buffer.from(requestType.encode({ frame }).finish());
    expect(request.equals(AttachRequest.encode({ frame }).finish())).toBe(true);
    const response = Buffer.from(responseType.encode({ frame }).finish());
    expect(response.equals(AttachResponse.encode({ frame }).finish())).toBe(true);
  });

  it.prop([data])('reads what the generated code wrote', (bytes) => {
    const frame = { $case: 'data' as const, value: Buffer.from(bytes) };
    const read = [
      requestType.decode(AttachRequest.encode({ frame }).finish()).frame,
      responseType.decode(AttachResponse.encode({ frame }).finish()).frame,
    ];
    for (const one of read) expect(one?.$case === 'data' && one.value.equals(bytes)).toBe(true);
  });

  it.prop([fc.uint8Array({ maxLength: 40 })])(
    'judges any other bytes as the generated code does',
    (bytes) => {
      const outcome = (decode: (bytes: Uint8Array) => unknown) => {
        try {
          return decode(bytes);
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(outcome(requestType.decode)).toEqual(outcome(AttachRequest.decode));
      expect(outcome(responseType.decode)).toEqual(outcome(AttachResponse.decode));
    },
  );

  it('leaves other frames to the generated code', () => {
    const value = { ticket: Buffer.from('t'), role: Role.CONTROL, size: undefined };
    const frame = { $case: 'open' as const, value };
    const bytes = requestType.encode({ frame }).finish();
    expect(requestType.decode(bytes)).toEqual({ frame });
  });

  it('reads data without copying it', () => {
    const frame = { $case: 'data' as const, value: Buffer.from('screen') };
    const message = Buffer.from(AttachResponse.encode({ frame }).finish());
    const read = responseType.decode(message).frame;
    expect(read?.$case === 'data' && read.value.buffer).toBe(message.buffer);
  });
});
