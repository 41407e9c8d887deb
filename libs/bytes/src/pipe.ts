import type { Duplex } from 'node:stream';

/** A running relay between two streams. */
export interface Relay {
  /** Bytes delivered so far. */
  readonly bytes: { aToB: number; bToA: number };
  /** Resolves (never rejects) when both streams are closed for this relay. */
  readonly done: Promise<PipeResult>;
  /** Ends the relay: flushes nothing, destroys both streams. Idempotent. */
  stop(reason?: unknown): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface PipeOptions {
  /** Abort destroys both streams at once. */
  signal?: AbortSignal | undefined;
  /**
   * `close` (default): when either side ends, what it sent is flushed to the other and then both are closed;
   * a console that is half gone is of no use. `propagate`: each direction ends on its own, for peers that
   * shut down one half and still answer.
   */
  halfClose?: 'close' | 'propagate' | undefined;
  /** After the first end, how long flushing may take before both streams are destroyed. Default 5,000 ms. */
  flushTimeoutMs?: number | undefined;
  /** Rewrites what passes; returning an empty buffer forwards nothing. Throwing ends the relay with `error`. */
  transformAToB?: ((chunk: Buffer) => Buffer) | undefined;
  transformBToA?: ((chunk: Buffer) => Buffer) | undefined;
  /** Called for every chunk that arrived. */
  onActivity?: ((direction: 'aToB' | 'bToA', bytes: number) => void) | undefined;
  /** Called once each time nothing has arrived from either side for `idleMs`. Return true to end the relay. */
  idleMs?: number | undefined;
  onIdle?: (() => boolean | undefined) | undefined;
}

export interface PipeResult {
  bytes: { aToB: number; bToA: number };
  /** Which side ended first, or `us` for an abort, stop or idle end. */
  endedFirst: 'a' | 'b' | 'us';
  /** `end`: orderly; `closed`: destroyed without an end; `error`: stream or transform failed, see `error`. */
  why: 'end' | 'closed' | 'error' | 'aborted' | 'idle';
  error?: Error;
}

const DEFAULT_FLUSH_TIMEOUT_MS = 5_000;

/**
 * Relays bytes both ways between two streams with back-pressure: at most one chunk per direction is held
 * beyond the streams' own buffers. Takes over both streams and closes both in the end.
 */
export function pipe(a: Duplex, b: Duplex, options: PipeOptions = {}): Relay {
  const bytes = { aToB: 0, bToA: 0 };
  let outcome: Omit<PipeResult, 'bytes'> | undefined;
  let flushTimer: NodeJS.Timeout | undefined;
  const idle = idleTimer(options, () => finish({ endedFirst: 'us', why: 'idle' }, true));

  /** Records the first cause; later ones are consequences of it. */
  const finish = (cause: Omit<PipeResult, 'bytes'>, now: boolean) => {
    outcome ??= cause;
    if (now) {
      a.destroy();
      b.destroy();
      return;
    }
    flushTimer ??= setTimeout(() => {
      a.destroy();
      b.destroy();
    }, options.flushTimeoutMs ?? DEFAULT_FLUSH_TIMEOUT_MS);
  };

  const forward = (direction: 'aToB' | 'bToA', from: Duplex, to: Duplex) => {
    const side = direction === 'aToB' ? 'a' : 'b';
    const transform = direction === 'aToB' ? options.transformAToB : options.transformBToA;
    from.on('data', (chunk: Buffer) => {
      idle.touch();
      options.onActivity?.(direction, chunk.length);
      let out = chunk;
      try {
        if (transform !== undefined) out = transform(chunk);
      } catch (error) {
        return finish({ endedFirst: side, why: 'error', error: error as Error }, true);
      }
      if (out.length === 0 || to.writableEnded || to.destroyed) return;
      bytes[direction] += out.length;
      if (!to.write(out)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      to.end();
      // With `close` the other direction is cut as soon as this one is flushed.
      if (options.halfClose !== 'propagate') {
        finish({ endedFirst: side, why: 'end' }, false);
        from.end();
        if (to.writableFinished) to.destroy();
        else to.once('finish', () => to.destroy());
      } else outcome ??= { endedFirst: side, why: 'end' };
    });
    from.on('error', (error) => finish({ endedFirst: side, why: 'error', error }, true));
  };

  const done = Promise.all([closed(a), closed(b)]).then(() => {
    clearTimeout(flushTimer);
    idle.stop();
    options.signal?.removeEventListener('abort', onAbort);
    return { ...(outcome ?? { endedFirst: 'us', why: 'closed' }), bytes } satisfies PipeResult;
  });
  const onAbort = () => finish({ endedFirst: 'us', why: 'aborted' }, true);

  forward('aToB', a, b);
  forward('bToA', b, a);
  a.once('close', () => finish({ endedFirst: 'a', why: 'closed' }, false));
  b.once('close', () => finish({ endedFirst: 'b', why: 'closed' }, false));
  // One side gone: let the other flush what it already has, then close it.
  a.once('close', () => b.end(() => b.destroy()));
  b.once('close', () => a.end(() => a.destroy()));
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener('abort', onAbort, { once: true });

  return {
    bytes,
    done,
    stop: (reason) =>
      finish(
        reason instanceof Error
          ? { endedFirst: 'us', why: 'error', error: reason }
          : { endedFirst: 'us', why: 'aborted' },
        true,
      ),
    async [Symbol.asyncDispose]() {
      onAbort();
      await done;
    },
  };
}

function closed(stream: Duplex): Promise<void> {
  if (stream.closed) return Promise.resolve();
  return new Promise((resolve) => stream.once('close', () => resolve()));
}

/** One timer per relay, re-armed lazily: a touch is an assignment, not a timer call. */
function idleTimer(options: PipeOptions, onEnd: () => void): { touch(): void; stop(): void } {
  const { idleMs, onIdle } = options;
  if (idleMs === undefined) return { touch() {}, stop() {} };
  let last = performance.now();
  let reported = false;
  let timer: NodeJS.Timeout;
  const check = () => {
    const quiet = performance.now() - last;
    if (quiet + 1 >= idleMs && !reported) {
      reported = true;
      if (onIdle === undefined || onIdle() === true) return onEnd();
    }
    timer = setTimeout(check, quiet >= idleMs ? idleMs : Math.max(idleMs - quiet, 1));
  };
  timer = setTimeout(check, idleMs);
  return {
    touch() {
      last = performance.now();
      reported = false;
    },
    stop: () => clearTimeout(timer),
  };
}
