import { isUtf8 } from 'node:buffer';
import { opcode } from './frame-header.ts';
import { unmask } from './unmask.ts';

/** What a frame reader tells; each is called in the order of the bytes. */
export interface FrameHandlers {
  /** Payload bytes of binary messages, without regard to where messages begin and end. */
  binary(bytes: Buffer): void;
  text(message: string): void;
  ping(payload: Buffer): void;
  pong(): void;
  /** The peer's close frame; 1005 when it holds no code. */
  close(code: number): void;
  /** The peer broke the protocol; nothing that follows is read. */
  broken(problem: FrameProblem): void;
}

/** Why a connection cannot go on. */
export interface FrameProblem {
  readonly kind: 'violation' | 'too-large';
  readonly message: string;
}

/** Bounds on what a client may send. */
export interface FrameLimits {
  /** Largest binary frame, bytes. Frames are passed on piece by piece, so it bounds no memory. */
  readonly maxBinaryFrame: number;
  /** Largest text message, bytes; text is gathered. */
  readonly maxText: number;
}

/** Reads what a client sends, cut anywhere. */
export interface FrameReader {
  /** Takes a chunk and overwrites it: payloads are unmasked and moved together in place. */
  push(chunk: Buffer): void;
}

/** Longest header of a client: 2 bytes, 8 of length, 4 of mask. */
const longestHeader = 14;
/** Up to so many bytes it is cheaper to move a payload than to hand it on apart. */
const worthMoving = 8 * 1024;

/**
 * Reads the frames of a client (RFC 6455 section 5).
 *
 *     +-+-+-+-+-------+-+-------------+-------------+----------+---------
 *     |F|R|R|R| opcode|M| length      | 0, 2 or 8   | mask     | payload
 *     |I|S|S|S|   4   |1|  7          | more bytes  | 4 bytes  |
 *     |N|V|V|V|       | |             | of length   |          |
 *     +-+-+-+-+-------+-+-------------+-------------+----------+---------
 *
 * All payload of binary frames in a chunk is moved together and handed over once: a burst of 3,000 pointer events costs one call and
 * one write toward the machine, not 3,000.
 */
export function createFrameReader(handlers: FrameHandlers, limits: FrameLimits): FrameReader {
  const head = Buffer.alloc(longestHeader);
  let headLength = 0;
  const mask = new Uint8Array(4);
  /** The frame that is being read. */
  let code: number = opcode.continuation;
  let final = false;
  let left = 0;
  let phase = 0;
  let inPayload = false;
  /** Kind of the message whose fragments are coming; continuation when there is none. */
  let message: number = opcode.continuation;
  /** The text message so far; control frames may come between its fragments. */
  let texts: Buffer[] = [];
  let textLength = 0;
  let controls: Buffer[] = [];
  let stopped = false;

  const fail = (kind: FrameProblem['kind'], words: string): void => {
    stopped = true;
    handlers.broken({ kind, message: words });
  };

  const beginControl = (): void => {
    if (code > opcode.pong) fail('violation', `opcode ${code} is not known`);
    else if (!final || left > 125) fail('violation', 'a control frame is fragmented or too long');
  };

  const beginData = (): void => {
    const fragment = code === opcode.continuation;
    if (code > opcode.binary) fail('violation', `opcode ${code} is not known`);
    else if (fragment === (message === opcode.continuation)) fail('violation', 'a fragment is out of order');
    else {
      if (!fragment) message = code;
      const most = message === opcode.text ? limits.maxText - textLength : limits.maxBinaryFrame;
      if (left > most) fail('too-large', `a frame of ${left} bytes is beyond the limit`);
    }
  };

  /** Takes the complete header `b[at]` to `b[end]`. */
  const begin = (b: Buffer, at: number, end: number): void => {
    const first = b[at]!;
    const short = b[at + 1]! & 0x7f;
    code = first & 0x0f;
    final = (first & 0x80) !== 0;
    left = short;
    if (short === 126) left = b.readUInt16BE(at + 2);
    else if (short === 127) left = b.readUInt32BE(at + 2) * 2 ** 32 + b.readUInt32BE(at + 6);
    for (let i = 0; i < 4; i++) mask[i] = b[end - 4 + i]!;
    phase = 0;
    inPayload = true;
    if ((first & 0x70) !== 0) fail('violation', 'a frame uses an extension that was not agreed');
    else if (b[at + 1]! < 0x80) fail('violation', 'a frame of a client has to be masked');
    else if (code >= opcode.close) beginControl();
    else beginData();
  };

  /** Reads a header, which may be cut; answers where the chunk goes on. */
  const header = (b: Buffer, at: number): number => {
    if (headLength === 0 && b.length - at >= 2) {
      const size = headerLength(b[at + 1]!);
      if (b.length - at >= size) {
        begin(b, at, at + size);
        return at + size;
      }
    }
    while (at < b.length) {
      head[headLength++] = b[at++]!;
      if (headLength >= 2 && headLength === headerLength(head[1]!)) {
        headLength = 0;
        begin(head, 0, headerLength(head[1]!));
        break;
      }
    }
    return at;
  };

  const finishText = (): void => {
    const whole = Buffer.concat(texts);
    texts = [];
    textLength = 0;
    if (isUtf8(whole)) handlers.text(whole.toString('utf8'));
    else fail('violation', 'a text message is not UTF-8');
  };

  const finishControl = (): void => {
    const payload = Buffer.concat(controls);
    controls = [];
    if (code === opcode.ping) handlers.ping(payload);
    else if (code === opcode.pong) handlers.pong();
    else {
      stopped = true;
      handlers.close(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
    }
  };

  const finish = (): void => {
    inPayload = false;
    if (code >= opcode.close) finishControl();
    else if (final) {
      const text = message === opcode.text;
      message = opcode.continuation;
      if (text) finishText();
    }
  };

  return {
    push(chunk) {
      let at = 0;
      /** Binary payload that waits, moved together in the chunk. */
      let outFrom = 0;
      let outTo = 0;
      // A frame without payload is complete with its header, also at the end of the chunk.
      while (!stopped && (at < chunk.length || (inPayload && left === 0))) {
        if (!inPayload) {
          at = header(chunk, at);
          if (!inPayload || stopped) break;
        }
        const n = Math.min(left, chunk.length - at);
        const binary = code < opcode.close && message === opcode.binary;
        if (binary) {
          unmask(chunk, at, at + n, mask, phase);
          const waiting = outTo - outFrom;
          if (waiting === 0) outFrom = outTo = at;
          else if (outTo !== at) {
            // A header lies between: the smaller part moves, and two large ones stay apart.
            if (n <= waiting && n <= worthMoving) move(chunk, outTo, at, at + n);
            else if (waiting <= worthMoving) {
              chunk.copyWithin(at - waiting, outFrom, outTo);
              outFrom = at - waiting;
              outTo = at;
            } else {
              handlers.binary(chunk.subarray(outFrom, outTo));
              outFrom = outTo = at;
            }
          }
          outTo += n;
        } else if (n > 0) {
          unmask(chunk, at, at + n, mask, phase);
          const piece = Buffer.from(chunk.subarray(at, at + n));
          if (code >= opcode.close) controls.push(piece);
          else {
            texts.push(piece);
            textLength += n;
          }
        }
        at += n;
        phase += n;
        left -= n;
        if (left > 0) break;
        if (!binary && outTo > outFrom) {
          handlers.binary(chunk.subarray(outFrom, outTo));
          outFrom = outTo;
        }
        finish();
      }
      if (outTo > outFrom) handlers.binary(chunk.subarray(outFrom, outTo));
    },
  };
}

function headerLength(second: number): number {
  const short = second & 0x7f;
  return 6 + (short === 126 ? 2 : short === 127 ? 8 : 0);
}

/** Moves bytes down; a call into the engine costs more than moving a few of them. */
function move(b: Buffer, target: number, from: number, to: number): void {
  if (to - from >= 64) b.copyWithin(target, from, to);
  else for (let i = from, o = target; i < to; i++, o++) b[o] = b[i]!;
}
