/** Most bytes of an unfinished sequence that are kept: what is longer is a string that no screen shows. */
const maxBytes = 4096;
const esc = 0x1b;
/** C1 controls that introduce a sequence, as the second byte of their UTF-8 form: DCS, SOS, CSI, OSC, PM, APC. */
const introducers: ReadonlySet<number> = new Set([0x90, 0x98, 0x9b, 0x9d, 0x9e, 0x9f]);
const del = 0x7f;

/**
 * The sequence in whose middle a terminal is, as bytes that bring another one there: what was painted knows nothing of it. Controls inside
 * it have been obeyed already; DEL, which terminals ignore there, stands in their place.
 * @param before what was unfinished before `bytes` came
 * @param bytes what came since
 */
export function unfinishedSequence(before: Buffer, bytes: Buffer): Buffer {
  const all = before.length > 0 ? Buffer.concat([before, bytes]) : bytes;
  const start = Math.max(0, lastIntroducer(all));
  return Buffer.from(all.subarray(start, start + maxBytes).map(harmless));
}

function lastIntroducer(bytes: Buffer): number {
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    if (bytes[at] === esc) return at;
    if (introducers.has(bytes[at]!) && bytes[at - 1] === 0xc2) return at - 1;
  }
  return -1;
}

const harmless = (byte: number) => (byte < 0x20 && byte !== esc ? del : byte);
