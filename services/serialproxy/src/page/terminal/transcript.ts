/** The bytes of the console as they came, the newest of them. */
export interface Transcript {
  add(bytes: Uint8Array<ArrayBuffer>): void;
  clear(): void;
  /** Whether older ones have been dropped. */
  readonly cut: boolean;
  blob(): Blob;
}

/** Keeps up to so many bytes, in whole pieces. */
export function createTranscript(most = 4 * 1024 * 1024): Transcript {
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let cut = false;
  return {
    add(bytes) {
      pieces.push(bytes);
      length += bytes.length;
      while (length > most && pieces.length > 1) {
        length -= pieces.shift()?.length ?? 0;
        cut = true;
      }
    },
    clear() {
      pieces = [];
      length = 0;
      cut = false;
    },
    get cut() {
      return cut;
    },
    blob: () => new Blob(pieces, { type: 'application/octet-stream' }),
  };
}
