import { AttachRequest, AttachResponse, StreamServiceDefinition } from '@consolemesh/contracts/stream';

/** What a generated message type of stream.v1 does. */
interface Codec {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
  fromPartial(message: Message): Message;
}

interface Message {
  frame?: { readonly $case: string; readonly value: unknown } | undefined;
}

/**
 * stream.v1 with a short path for the frames that are nearly all of its traffic: `data` is copied once when it is sent and not at all
 * when it is received, where the generated code does both twice. All other frames go through the generated code.
 *
 *     message AttachRequest:   0x12 (field 2, bytes) | varint length | data
 *     message AttachResponse:  0x0a (field 1, bytes) | varint length | data
 */
export const streamDefinition = {
  ...StreamServiceDefinition,
  methods: {
    attach: {
      ...StreamServiceDefinition.methods.attach,
      requestType: withShortPath(AttachRequest as unknown as Codec, 0x12),
      responseType: withShortPath(AttachResponse as unknown as Codec, 0x0a),
    },
  },
} as unknown as typeof StreamServiceDefinition;

function withShortPath(generated: Codec, tag: number): Codec {
  return {
    encode(message) {
      const { frame } = message;
      return frame?.$case === 'data' ? encodeData(tag, frame.value as Uint8Array) : generated.encode(message);
    },
    decode(bytes) {
      const value = dataOf(tag, bytes);
      return value ? { frame: { $case: 'data', value } } : generated.decode(bytes);
    },
    fromPartial: (message) => (message.frame?.$case === 'data' ? message : generated.fromPartial(message)),
  };
}

function encodeData(tag: number, value: Uint8Array): { finish(): Uint8Array } {
  let size = 1;
  for (let rest = value.length; rest > 0x7f; rest >>>= 7) size += 1;
  const bytes = Buffer.allocUnsafe(1 + size + value.length);
  let at = 0;
  bytes[at++] = tag;
  let rest = value.length;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  bytes.set(value, at);
  return { finish: () => bytes };
}

/** The data of a message that is nothing but one data frame; a view into the message, which belongs to nobody else. */
function dataOf(tag: number, bytes: Uint8Array): Buffer | undefined {
  if (bytes[0] !== tag) return undefined;
  let length = 0;
  for (let at = 1; at <= 4 && at < bytes.length; at++) {
    const byte = bytes[at]!;
    length |= (byte & 0x7f) << (7 * (at - 1));
    if (byte > 0x7f) continue;
    const from = at + 1;
    if (from + length !== bytes.length) return undefined;
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, length);
  }
  return undefined;
}
