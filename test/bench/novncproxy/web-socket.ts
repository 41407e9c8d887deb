/** What comes from a server. */
interface ServerFrameHandlers {
  /** So many bytes of binary payload; what they are matters to nobody here. */
  payload(bytes: number): void;
  /** A complete frame of any other kind. */
  control(code: number, payload: Buffer): void;
}

/** Any mask but zero: a proxy must not get away with leaving the bytes as they are. */
const mask = [0x37, 0xfa, 0x21, 0x3d] as const;
/** Frames of other kinds than binary are short here. */
const longestHeader = 10;

/** A final frame of a client (RFC 6455 section 5.2), masked. */
export function maskedFrame(code: number, payload: Buffer): Buffer {
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(6 + extra + length);
  frame[0] = 0x80 | code;
  frame[1] = 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) frame.writeUInt16BE(length, 2);
  if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  for (let i = 0; i < 4; i++) frame[2 + extra + i] = mask[i]!;
  for (let i = 0; i < length; i++) frame[6 + extra + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}

/** Reads what a server sends, cut anywhere: headers are looked at, binary payload is only counted. */
export function createServerFrames(handlers: ServerFrameHandlers): (chunk: Buffer) => void {
  const head = Buffer.alloc(longestHeader);
  let headLength = 0;
  let code = 0;
  let left = 0;
  let inPayload = false;
  let words: Buffer[] = [];

  const finish = () => {
    inPayload = false;
    if (code > 2 || code === 1) handlers.control(code, Buffer.concat(words));
    words = [];
  };

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (!inPayload) {
        head[headLength++] = chunk[at++]!;
        const short = head[1]! & 0x7f;
        const size = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
        if (headLength < 2 || headLength < size) continue;
        code = head[0]! & 0x0f;
        left = short;
        if (short === 126) left = head.readUInt16BE(2);
        else if (short === 127) left = Number(head.readBigUInt64BE(2));
        headLength = 0;
        inPayload = true;
        if (left === 0) finish();
        continue;
      }
      const n = Math.min(left, chunk.length - at);
      if (code === 2 || code === 0) handlers.payload(n);
      else words.push(Buffer.from(chunk.subarray(at, at + n)));
      at += n;
      left -= n;
      if (left === 0) finish();
    }
  };
}
