/**
 * Client-to-server message types (RFC 6143 section 7.5; rfbproto for 150 and up) and their lengths in bytes.
 *
 * | type | message | length |
 * |---|---|---|
 * | 0 | SetPixelFormat | 20 |
 * | 2 | SetEncodings | 4 + 4n, n = U16 at 2 |
 * | 3 | FramebufferUpdateRequest | 10 |
 * | 4 | KeyEvent | 8 |
 * | 5 | PointerEvent | 6; 7 with ExtendedMouseButtons negotiated and bit 7 of the mask (byte 1) set |
 * | 6 | ClientCutText | 8 + \|len\|, len = I32 at 4; negative = extended clipboard |
 * | 150 | EnableContinuousUpdates | 10 |
 * | 248 | ClientFence | 9 + len, len = U8 at 8, at most 64 |
 * | 250 | xvp | 4 |
 * | 251 | SetDesktopSize | 8 + 16n, n = U8 at 6 |
 * | 253 | gii | 4 + len, len = U16 at 2, big-endian when bit 7 of byte 1 is set |
 * | 255 | QEMU | 0 key: 12; 1 audio: 4, set-format (U16 at 2 = 2): 10 |
 */
export const CLIENT = {
  SetPixelFormat: 0,
  SetEncodings: 2,
  FramebufferUpdateRequest: 3,
  KeyEvent: 4,
  PointerEvent: 5,
  ClientCutText: 6,
  EnableContinuousUpdates: 150,
  ClientFence: 248,
  Xvp: 250,
  SetDesktopSize: 251,
  Gii: 253,
  Qemu: 255,
} as const;

/** Extensions whose use changes a message's length; true once the server has been told of them. */
export interface LengthExtensions {
  extendedMouse: boolean;
  extendedClipboard: boolean;
}

/** `messageLength` when more bytes are needed to know it. */
export const NEED_MORE = 0;
/** `messageLength` for a message that can not exist; the stream is lost. */
export const UNKNOWN = -1;

/** Lengths of the types that have one fixed length; 0 for all others. Indexed by type: this is the hot path. */
const FIXED = new Uint8Array(256);
FIXED[CLIENT.SetPixelFormat] = 20;
FIXED[CLIENT.FramebufferUpdateRequest] = 10;
FIXED[CLIENT.KeyEvent] = 8;
FIXED[CLIENT.EnableContinuousUpdates] = 10;
FIXED[CLIENT.Xvp] = 4;

/**
 * Length of the message that starts at `at`, from its first bytes.
 * @returns bytes, or NEED_MORE, or UNKNOWN
 */
export function messageLength(b: Buffer, at: number, extensions: LengthExtensions): number {
  const type = b[at]!;
  const fixed = FIXED[type]!;
  return fixed !== 0 ? fixed : variableLength(b, at, type, extensions);
}

function variableLength(b: Buffer, at: number, type: number, extensions: LengthExtensions): number {
  const have = b.length - at;
  switch (type) {
    case CLIENT.PointerEvent:
      if (!extensions.extendedMouse) return 6;
      if (have < 2) return NEED_MORE;
      return b[at + 1]! & 0x80 ? 7 : 6;
    case CLIENT.SetEncodings:
      return have < 4 ? NEED_MORE : 4 + 4 * b.readUInt16BE(at + 2);
    case CLIENT.ClientCutText: {
      if (have < 8) return NEED_MORE;
      const length = b.readInt32BE(at + 4);
      if (length >= 0) return 8 + length;
      return extensions.extendedClipboard ? 8 - length : UNKNOWN;
    }
    case CLIENT.ClientFence: {
      if (have < 9) return NEED_MORE;
      const length = b[at + 8]!;
      return length <= 64 ? 9 + length : UNKNOWN;
    }
    case CLIENT.SetDesktopSize:
      return have < 7 ? NEED_MORE : 8 + 16 * b[at + 6]!;
    case CLIENT.Gii:
      if (have < 4) return NEED_MORE;
      return 4 + (b[at + 1]! & 0x80 ? b.readUInt16BE(at + 2) : b.readUInt16LE(at + 2));
    case CLIENT.Qemu:
      return qemuLength(b, at, have);
    default:
      return UNKNOWN;
  }
}

function qemuLength(b: Buffer, at: number, have: number): number {
  if (have < 2) return NEED_MORE;
  if (b[at + 1] === 0) return 12;
  if (b[at + 1] !== 1) return UNKNOWN;
  if (have < 4) return NEED_MORE;
  const operation = b.readUInt16BE(at + 2);
  return operation === 2 ? 10 : operation < 2 ? 4 : UNKNOWN;
}

const names = new Map<number, string>(Object.entries(CLIENT).map(([name, type]) => [type, name]));

export function clientMessageName(type: number): string {
  return names.get(type) ?? `type ${type}`;
}
