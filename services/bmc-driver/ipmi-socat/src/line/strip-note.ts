/** Takes one note of ipmitool out of what the machine says. */
export interface NoteStripper {
  /** The next such note is taken out. */
  expect(): void;
  /** Of the bytes that came, those of the machine. A beginning that may be the note's is kept until it is clear. */
  strip(bytes: Buffer): { readonly bytes: Buffer; readonly found: boolean };
  /** What was kept and turned out to be the machine's. */
  rest(): Buffer;
}

/** Nothing is taken out before `expect`. */
export function createNoteStripper(note: Buffer): NoteStripper {
  let expected = 0;
  let kept = Buffer.alloc(0);
  return {
    expect() {
      expected += 1;
    },
    strip(bytes) {
      if (expected === 0) return { bytes, found: false };
      let all = Buffer.concat([kept, bytes]);
      kept = Buffer.alloc(0);
      const before: Buffer[] = [];
      let found = false;
      for (let at = all.indexOf(note); at >= 0 && expected > 0; at = all.indexOf(note)) {
        before.push(all.subarray(0, at));
        all = all.subarray(at + note.length);
        expected -= 1;
        found = true;
      }
      const keep = expected > 0 ? overlap(all, note) : 0;
      kept = Buffer.from(all.subarray(all.length - keep));
      return { bytes: Buffer.concat([...before, all.subarray(0, all.length - keep)]), found };
    },
    rest() {
      const rest = kept;
      kept = Buffer.alloc(0);
      return rest;
    },
  };
}

/** Length of the longest end of `bytes` that is a beginning of `note`. */
function overlap(bytes: Buffer, note: Buffer): number {
  for (let length = Math.min(bytes.length, note.length - 1); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(note.subarray(0, length))) return length;
  }
  return 0;
}
