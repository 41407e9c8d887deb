/**
 * A decoder written top to bottom that can be stopped anywhere: `const b = yield n` asks for exactly n bytes
 * (valid until the next yield), `yield buffer` emits bytes. No byte is kept beyond what is asked for.
 */
export type Step<R> = Generator<number | Buffer, R, Buffer>;

/** Drives a Step with chunks cut anywhere; iterate the result fully before the next chunk. */
export interface Driver {
  push(chunk: Buffer): Iterable<Buffer>;
  /** True when the decoder waits in the middle of something (`waiting` bytes are missing). */
  readonly pending: boolean;
}

const NOTHING = Buffer.alloc(0);

export function drive(steps: Step<never>): Driver {
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** Bytes asked for and not delivered yet; undefined before the first step. */
  let wanted: number | undefined;

  return {
    *push(chunk) {
      let at = 0;
      let input: Buffer = NOTHING;
      if (wanted !== undefined) {
        if (heldBytes + chunk.length < wanted) return hold(chunk);
        at = wanted - heldBytes;
        input = heldBytes === 0 ? chunk.subarray(0, at) : Buffer.concat([...held, chunk.subarray(0, at)]);
        held = [];
        heldBytes = 0;
      }
      for (;;) {
        const { value, done } = steps.next(input);
        // Only after an error: nothing can follow a stream that was given up.
        if (done) return;
        if (typeof value !== 'number') {
          yield value;
          input = NOTHING;
          continue;
        }
        wanted = value;
        if (chunk.length - at < value) return hold(chunk.subarray(at));
        input = chunk.subarray(at, at + value);
        at += value;
      }
    },
    get pending() {
      return heldBytes > 0;
    },
  };

  function hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    // A copy: the memory of a chunk is its owner's again after push.
    held.push(Buffer.from(bytes));
    heldBytes += bytes.length;
  }
}
