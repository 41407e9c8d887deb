/** Encoding and pseudo-encoding numbers by name (rfbproto "Encodings"). Signed 32-bit on the wire. */
export const ENCODING = {
  Raw: 0,
  CopyRect: 1,
  RRE: 2,
  CoRRE: 4,
  Hextile: 5,
  Zlib: 6,
  Tight: 7,
  ZlibHex: 8,
  TRLE: 15,
  ZRLE: 16,
  JPEG: 21,
  OpenH264: 50,
  AtenAST2100: 0x57,
  DesktopSize: -223,
  LastRect: -224,
  Cursor: -239,
  XCursor: -240,
  QemuPointerMotionChange: -257,
  QemuExtendedKey: -258,
  QemuAudio: -259,
  TightPng: -260,
  QemuLedState: -261,
  Gii: -305,
  DesktopName: -307,
  ExtendedDesktopSize: -308,
  Xvp: -309,
  Fence: -312,
  ContinuousUpdates: -313,
  CursorWithAlpha: -314,
  ExtendedMouseButtons: -316,
  VMwareCursor: 0x574d5664,
  /** 0xC0A1E5CE read as a signed number. */
  ExtendedClipboard: 0xc0a1e5ce | 0,
} as const;

const names = new Map<number, string>(Object.entries(ENCODING).map(([name, number]) => [number, name]));

/** A name for error texts and diagnosis, e.g. `Hextile`, `JpegQuality(6)`, `unknown(-999)`. */
export function encodingName(encoding: number): string {
  if (encoding >= -32 && encoding <= -23) return `JpegQuality(${encoding + 32})`;
  if (encoding >= -256 && encoding <= -247) return `CompressLevel(${encoding + 256})`;
  return names.get(encoding) ?? `unknown(${encoding})`;
}

/** True for encodings that carry pixels a viewer can be sent; false for pseudo-encodings and levels. */
export function isRealEncoding(encoding: number): boolean {
  return encoding >= 0 && encoding !== ENCODING.VMwareCursor;
}
