/** Finds the keys that leave a console in what is typed. */
export interface HotKeyWatch {
  /** What is for the machine, and whether the keys were among it; what comes after them is nobody's. */
  feed(bytes: Buffer): { readonly typed: Buffer; readonly left: boolean };
}

const carriageReturn = 0x0d;

/**
 * Keys that begin with `~` count at the beginning of a line only and are held back until it is clear what they are, as obmc-console-client does
 * it; others count anywhere.
 */
export function createHotKeyWatch(keys: Buffer): HotKeyWatch {
  const atLineStart = keys[0] === 0x7e;
  let matched = 0;
  let lineBegins = true;
  return {
    feed(bytes) {
      const typed: number[] = [];
      for (const byte of bytes) {
        if (byte === keys[matched] && (matched > 0 || lineBegins || !atLineStart)) {
          matched++;
          if (matched === keys.length) return { typed: Buffer.from(typed), left: true };
          continue;
        }
        typed.push(...keys.subarray(0, matched), byte);
        matched = 0;
        lineBegins = byte === carriageReturn || byte === 0x0a;
      }
      return { typed: Buffer.from(typed), left: false };
    },
  };
}
