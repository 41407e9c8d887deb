/** Types of frames of the line door (services/serialproxy/README.md), mode `frames`. */
export const frameType = { data: 0, control: 1 } as const;

/** Longest payload of one frame, bytes. */
export const longestPayload = 0xffff;

const headerBytes = 3;

/**
 * Bytes as frames, as many as it takes:
 *
 *     +--------+-----------------+----------------
 *     | type   | length          | payload
 *     | 1 byte | 2 bytes, big    | length bytes
 *     |        | end first       |
 *     +--------+-----------------+----------------
 *
 * type 0: the console's bytes; type 1: a control message, one JSON object in UTF-8, whole in one frame. Other types are ignored.
 */
export function encodeFrames(type: number, payload: Buffer): Buffer {
  const count = Math.max(1, Math.ceil(payload.length / longestPayload));
  const frames = Buffer.allocUnsafe(payload.length + count * headerBytes);
  let at = 0;
  for (let from = 0, left = count; left > 0; left--, from += longestPayload) {
    const length = Math.min(longestPayload, payload.length - from);
    frames[at] = type;
    frames.writeUInt16BE(length, at + 1);
    payload.copy(frames, at + headerBytes, from, from + length);
    at += headerBytes + length;
  }
  return frames;
}

/** What a reader of frames tells, in the order of the bytes. */
export interface FrameHandlers {
  /** The console's bytes, without regard to where frames begin and end; false = the source is to be paused. */
  data(bytes: Buffer): boolean;
  /** A whole control message. */
  control(text: string): void;
  /** A control message is longer than `longestControl`; nothing that follows is read. */
  tooLong(): void;
}

/** Reads frames that are cut anywhere. Data is passed on piece by piece; only control messages are gathered, up to a bound. */
export function createFrameReader(
  handlers: FrameHandlers,
  longestControl: number,
): {
  /** Takes a chunk; false = the source is to be paused. */
  push(chunk: Buffer): boolean;
} {
  const header = Buffer.alloc(headerBytes);
  let headerLength = 0;
  let left = 0;
  let message: Buffer[] = [];
  let stopped = false;

  const begin = () => {
    left = header.readUInt16BE(1);
    if (header[0] === frameType.control && left > longestControl) {
      stopped = true;
      handlers.tooLong();
    }
  };
  const finish = () => {
    headerLength = 0;
    if (header[0] !== frameType.control) return;
    const text = Buffer.concat(message).toString('utf8');
    message = [];
    handlers.control(text);
  };
  const take = (piece: Buffer): boolean => {
    if (header[0] === frameType.data) return handlers.data(piece);
    if (header[0] === frameType.control) message.push(Buffer.from(piece));
    return true;
  };

  return {
    push(chunk) {
      let goesOn = true;
      for (let at = 0; at < chunk.length && !stopped; ) {
        if (headerLength < headerBytes) {
          header[headerLength++] = chunk[at++]!;
          if (headerLength === headerBytes) begin();
        } else {
          const piece = chunk.subarray(at, at + left);
          at += piece.length;
          left -= piece.length;
          if (!take(piece)) goesOn = false;
        }
        if (!stopped && headerLength === headerBytes && left === 0) finish();
      }
      return goesOn;
    },
  };
}
