/** Pace of a paste: so many bytes, then a pause of so many milliseconds. */
export interface Pace {
  readonly bytes: number;
  readonly pauseMs: number;
}

/** What the choices of pace mean; 800 bytes a second is what the smallest UARTs of firmware bear. */
export const paces = {
  slow: { bytes: 16, pauseMs: 20 },
  normal: { bytes: 512, pauseMs: 10 },
  fast: { bytes: 16 * 1024, pauseMs: 0 },
} as const satisfies Record<string, Pace>;

/** Unsent bytes in the browser beyond which a paste waits: the line is slower than we are. */
const mostUnsent = 64 * 1024;
/** How often it looks whether they have left, ms. */
const lookAgainMs = 25;

export interface PasteOptions {
  readonly send: (bytes: Uint8Array) => void;
  /** Bytes that the browser has not sent yet. */
  readonly unsent: () => number;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** Hears how many bytes of how many were handed over. */
  readonly progress?: (done: number, total: number) => void;
  /** Waits; replaced in tests. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** A text as keys would have typed it: Enter is a carriage return. With `bracketed`, marked as pasted for shells that asked for it. */
export function pasteBytes(text: string, bracketed: boolean): Uint8Array {
  const typed = text.replaceAll(/\r?\n/g, '\r');
  // The mark of the end inside the text would let its rest pass for typed keys.
  const whole = bracketed ? `\x1b[200~${typed.replaceAll('\x1b[201~', '')}\x1b[201~` : typed;
  return new TextEncoder().encode(whole);
}

/** Lines of a text; a line feed at the end begins no new one. */
export function linesOf(text: string): number {
  return text.replace(/\r?\n$/, '').split(/\r?\n|\r/).length;
}

/** Sends a paste piece by piece. Answers how many bytes were sent; fewer than there are when `signal` stopped it. */
export async function paste(bytes: Uint8Array, options: PasteOptions): Promise<number> {
  const { send, unsent, pace, signal, progress, wait = sleep } = options;
  let at = 0;
  while (at < bytes.length) {
    while (unsent() > mostUnsent && !signal.aborted) await wait(lookAgainMs);
    if (signal.aborted) break;
    send(bytes.subarray(at, at + pace.bytes));
    at = Math.min(bytes.length, at + pace.bytes);
    progress?.(at, bytes.length);
    if (at < bytes.length) await wait(pace.pauseMs);
  }
  return at;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
