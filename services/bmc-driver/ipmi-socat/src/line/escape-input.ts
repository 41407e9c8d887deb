/** What ipmitool takes for the beginning of an escape sequence, at the beginning of a line. */
const TILDE = 0x7e;
const [CR, LF] = [0x0d, 0x0a];

/** Makes what is typed pass through ipmitool unchanged. */
export interface InputEscaper {
  /** Whether ipmitool would take an escape sequence now: nothing was typed yet, or a line was ended. */
  readonly atLineStart: boolean;
  /** The bytes to send for these. */
  escape(bytes: Buffer): Buffer;
}

/**
 * An escaper for a new ipmitool. It looks for `~` after CR or LF and at the beginning (`processSolUserInput` in lib/ipmi_sol.c) and sends `~~`
 * as `~`; without this a line that begins with `~.` would end the console.
 */
export function createInputEscaper(): InputEscaper {
  let atLineStart = true;
  return {
    get atLineStart() {
      return atLineStart;
    },
    escape(bytes) {
      const pieces: Buffer[] = [];
      let from = 0;
      for (let i = 0; i < bytes.length; i += 1) {
        const byte = bytes[i];
        if (atLineStart && byte === TILDE) {
          pieces.push(bytes.subarray(from, i + 1));
          from = i;
        }
        atLineStart = byte === CR || byte === LF;
      }
      if (pieces.length === 0) return bytes;
      return Buffer.concat([...pieces, bytes.subarray(from)]);
    },
  };
}
