/**
 * Length of the part of `bytes` that ends with a whole UTF-8 character (RFC 3629 section 3); at most three bytes less than all. xterm.js loses
 * some characters that come in two pieces, those with a byte 0x80 before the cut.
 */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at >= Math.max(0, bytes.length - 3); at -= 1) {
    const byte = bytes[at]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return bytes.length - at < wanted ? at : bytes.length;
  }
  return bytes.length;
}
