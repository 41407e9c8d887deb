import { AttachRequest, AttachResponse, StreamServiceDefinition } from '@consolemesh/contracts/stream';

/** Tag of `AttachRequest.data`: field 2, length-delimited. */
const requestData = (2 << 3) | 2;
/** Tag of `AttachResponse.data`: field 1, length-delimited. */
const responseData = (1 << 3) | 2;

/**
 * stream.v1 Attach with a short path for the frames that carry bytes, in protobuf's own layout:
 *
 *     +--------+-----------------+---------
 *     | 1: tag | 1-5: length     | bytes
 *     |        | (base 128)      |
 *     +--------+-----------------+---------
 *
 * The generated codec copies each frame twice; this one hands out a view on what came, and copies once what goes.
 * Everything else goes through the generated codec.
 */
export const attachDefinition = {
  attach: {
    path: `/${StreamServiceDefinition.fullName}/${StreamServiceDefinition.methods.attach.name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: encodeRequest,
    requestDeserialize: (bytes: Buffer) => AttachRequest.decode(bytes),
    responseSerialize: (message: AttachResponse) => Buffer.from(AttachResponse.encode(message).finish()),
    responseDeserialize: decodeResponse,
  },
} as const;

/** A request as bytes. */
export function encodeRequest(message: AttachRequest): Buffer {
  const { frame } = message;
  if (frame?.$case !== 'data') return Buffer.from(AttachRequest.encode(message).finish());
  const { value } = frame;
  const head = [requestData];
  let length = value.length;
  while (length >= 0x80) {
    head.push((length & 0x7f) | 0x80);
    length >>>= 7;
  }
  head.push(length);
  return Buffer.concat([Buffer.from(head), value]);
}

/** A response from bytes; the data of a frame is a view on them. */
export function decodeResponse(bytes: Buffer): AttachResponse {
  if (bytes[0] !== responseData) return AttachResponse.decode(bytes);
  let at = 1;
  let length = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[at++] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  // A frame is nothing but its data; whatever else there is the generated codec reads.
  if (at + length !== bytes.length) return AttachResponse.decode(bytes);
  return { frame: { $case: 'data', value: bytes.subarray(at) } };
}
