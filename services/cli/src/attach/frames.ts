/** Types of frames of the line door (services/serialproxy/README.md). */
export const frameType = { data: 0, control: 1 } as const;

/** Longest payload of one frame, bytes. */
const longestPayload = 0xffff;
const headerBytes = 3;

/**
 * Bytes as frames of the line door, as many as it takes:
 *
 *     | type: 1 byte | length of the payload: 2 bytes, big end first | payload |
 *
 * type 0: the line's bytes; type 1: a control message, JSON, whole in one frame. Other types are passed over.
 */
export function encodeFrames(type: number, payload: Uint8Array): Buffer {
  const frames: Buffer[] = [];
  for (let from = 0; from < payload.length; from += longestPayload) {
    const part = payload.subarray(from, from + longestPayload);
    frames.push(Buffer.of(type, part.length >> 8, part.length & 0xff), Buffer.from(part));
  }
  return Buffer.concat(frames);
}

/** Reads frames that are cut anywhere. At most one frame is gathered. */
export function createFrameReader(told: { data(bytes: Buffer): void; control(text: string): void }) {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk: Buffer): void => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= headerBytes) {
      const end = at + headerBytes + rest.readUInt16BE(at + 1);
      if (rest.length < end) break;
      const payload = rest.subarray(at + headerBytes, end);
      if (rest[at] === frameType.data) told.data(payload);
      else if (rest[at] === frameType.control) told.control(payload.toString());
      at = end;
    }
    rest = rest.subarray(at);
  };
}
