import {
  CLIENT,
  clientMessageName,
  type LengthExtensions,
  messageLength,
  NEED_MORE,
  UNKNOWN,
} from '../client-messages.ts';
import { ENCODING } from '../encodings.ts';
import { RfbError } from '../errors.ts';
import { type PixelFormat, parsePixelFormat } from '../pixel-format.ts';
import { type RfbProfile, rewriteEncodings } from './profile.ts';
import { encodeSetEncodings, parseSetEncodings } from './set-encodings.ts';

/**
 * Everything a viewer sends after ClientInit goes through one of these, chunk by chunk, cut anywhere.
 *
 * Messages that need no change are never copied: a chunk of them comes back as the same buffer. A message
 * that is longer than its chunk is passed on piece by piece; only headers and the two messages that are
 * looked into (SetEncodings, SetPixelFormat) are held back until complete.
 */
export interface ClientFilter {
  /**
   * @returns the bytes to send to the server; may be empty, may be `chunk` itself or part of it
   * @throws RfbError LIMIT_EXCEEDED, PROTOCOL_VIOLATION; the connection must then be closed
   */
  push(chunk: Buffer): Buffer;
  /** The viewer is gone. @returns true when it stopped between two messages */
  end(): boolean;
  /** Takes or gives the pen: from the next message on. What was negotiated stays as it was. */
  setViewOnly(viewOnly: boolean): void;
  readonly counters: Readonly<ClientCounters>;
}

export interface ClientCounters {
  /** Messages passed on, and messages not passed on. */
  forwarded: number;
  dropped: number;
  /** Key, pointer and clipboard messages that were passed on. */
  input: number;
  bytesIn: number;
  bytesOut: number;
}

export interface ClientFilterOptions {
  viewOnly?: boolean | undefined;
  profile?: RfbProfile | undefined;
  /** Called at most once per chunk, when it held keys, pointer or clipboard that were passed on. */
  onInput?: (() => void) | undefined;
  /** The viewer's wishes, after each SetEncodings (asked, passed on) and SetPixelFormat. */
  onEncodings?: ((asked: readonly number[], forwarded: readonly number[]) => void) | undefined;
  onPixelFormat?: ((format: PixelFormat) => void) | undefined;
  /** For transcoding: what the server is asked for instead of the viewer's list. */
  replaceEncodings?: ((asked: readonly number[]) => readonly number[]) | undefined;
}

const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;
/** noVNC sends about 25. */
const MAX_ENCODINGS = 1024;
const NOTHING = Buffer.alloc(0);

/** What is done with a message of this type. */
const PASS = 0;
const DROP = 1;
const INPUT = 2;
const INSPECT = 3;

export function createClientFilter(options: ClientFilterOptions = {}): ClientFilter {
  const profile = options.profile ?? {};
  const maxMessage = profile.maxClientMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  const keepsFormat = profile.forcedPixelFormat !== undefined || profile.serverPath === 'transcode';
  const counters: ClientCounters = { forwarded: 0, dropped: 0, input: 0, bytesIn: 0, bytesOut: 0 };
  const extensions: LengthExtensions = { extendedMouse: false, extendedClipboard: false };
  let actions = actionTable(options.viewOnly ?? false);
  let viewOnly = options.viewOnly ?? false;
  /** Start of a message that can not be judged yet. */
  let held = NOTHING;
  /** Bytes of the current message that are still to come, and where they go. */
  let rest = 0;
  let restPasses = false;
  let broken = false;

  const fail = (code: 'LIMIT_EXCEEDED' | 'PROTOCOL_VIOLATION', text: string): never => {
    broken = true;
    throw new RfbError(code, text);
  };

  const tooLong = (type: number, length: number): never =>
    fail(
      'LIMIT_EXCEEDED',
      `the viewer sent a ${clientMessageName(type)} of ${length} bytes (limit ${maxMessage})`,
    );

  const unknown = (type: number): never =>
    fail(
      'PROTOCOL_VIOLATION',
      `the viewer sent a message that can not be followed (${clientMessageName(type)})`,
    );

  /** A complete SetEncodings or SetPixelFormat. @returns what goes to the server, undefined = as it is */
  const inspect = (b: Buffer, at: number): Buffer | undefined => {
    if (b[at] === CLIENT.SetPixelFormat) {
      const format = parsePixelFormat(b, at + 4);
      if (format === undefined)
        return fail('PROTOCOL_VIOLATION', 'the viewer asked for an impossible pixel format');
      options.onPixelFormat?.(format);
      return keepsFormat ? NOTHING : undefined;
    }
    const asked = parseSetEncodings(b, at);
    const wanted = options.replaceEncodings?.(asked) ?? asked;
    const forwarded = rewriteEncodings(wanted, profile, viewOnly);
    extensions.extendedMouse = forwarded.includes(ENCODING.ExtendedMouseButtons);
    extensions.extendedClipboard = forwarded.includes(ENCODING.ExtendedClipboard);
    options.onEncodings?.(asked, forwarded);
    const same = forwarded.length === asked.length && forwarded.every((e, i) => e === asked[i]);
    return same ? undefined : encodeSetEncodings(forwarded);
  };

  /** The common case, without any allocation: only complete messages, none of which needs a look. */
  const passesWhole = (b: Buffer): boolean => {
    let at = 0;
    let count = 0;
    let input = 0;
    while (at < b.length) {
      const action = actions[b[at]!]!;
      if (action !== PASS && action !== INPUT) return false;
      const length = messageLength(b, at, extensions);
      if (length <= 0 || length > maxMessage) return false;
      at += length;
      count++;
      if (action === INPUT) input++;
    }
    if (at !== b.length) return false;
    counters.forwarded += count;
    counters.input += input;
    if (input > 0) options.onInput?.();
    return true;
  };

  /** The loop over messages. Runs of messages to pass are cut out of `b` in one piece. */
  const scan = (b: Buffer): Buffer => {
    const end = b.length;
    let at = 0;
    let runStart = 0;
    let out: Buffer[] | undefined;
    let input = 0;

    const cut = (upTo: number, next: number) => {
      out ??= [];
      if (upTo > runStart) out.push(b.subarray(runStart, upTo));
      runStart = next;
    };

    if (rest > 0) {
      const n = Math.min(rest, end);
      rest -= n;
      at = n;
      if (!restPasses) cut(0, n);
    }
    while (at < end) {
      const type = b[at]!;
      const length = messageLength(b, at, extensions);
      if (length === NEED_MORE) break;
      if (length === UNKNOWN) unknown(type);
      if (length > maxMessage) tooLong(type, length);
      const next = at + length;
      const action = actions[type]!;
      if (action === INSPECT) {
        if (type === CLIENT.SetEncodings && length > 4 + 4 * MAX_ENCODINGS) tooLong(type, length);
        if (next > end) break;
        const replaced = inspect(b, at);
        if (replaced !== undefined) {
          cut(at, next);
          if (replaced.length > 0) out!.push(replaced);
        }
        if (replaced?.length === 0) counters.dropped++;
        else counters.forwarded++;
      } else if (action === DROP) {
        counters.dropped++;
        cut(at, Math.min(next, end));
      } else {
        counters.forwarded++;
        input += action === INPUT ? 1 : 0;
      }
      if (next > end) {
        rest = next - end;
        restPasses = action !== DROP;
        at = end;
      } else at = next;
    }
    if (at < end) {
      // Copied: the caller may reuse the memory of its read buffer.
      held = Buffer.from(b.subarray(at));
      cut(at, end);
    } else held = NOTHING;
    if (input > 0) {
      counters.input += input;
      options.onInput?.();
    }
    if (out === undefined) return b;
    if (runStart < end) out.push(b.subarray(runStart, end));
    return out.length === 1 ? out[0]! : Buffer.concat(out);
  };

  return {
    push(chunk) {
      if (broken) return NOTHING;
      counters.bytesIn += chunk.length;
      if (held.length === 0 && rest === 0 && passesWhole(chunk)) {
        counters.bytesOut += chunk.length;
        return chunk;
      }
      const result = scan(held.length === 0 ? chunk : Buffer.concat([held, chunk]));
      counters.bytesOut += result.length;
      return result;
    },
    end: () => held.length === 0 && rest === 0,
    setViewOnly(now) {
      viewOnly = now;
      actions = actionTable(now);
    },
    counters,
  };
}

/** View-only lets through what only asks for pictures; see the README for the list and its reasons. */
function actionTable(viewOnly: boolean): Uint8Array {
  const table = new Uint8Array(256).fill(viewOnly ? DROP : PASS);
  const passing = [CLIENT.FramebufferUpdateRequest, CLIENT.EnableContinuousUpdates, CLIENT.ClientFence];
  for (const type of passing) table[type] = PASS;
  const input = [CLIENT.KeyEvent, CLIENT.PointerEvent, CLIENT.ClientCutText, CLIENT.Qemu];
  for (const type of input) table[type] = viewOnly ? DROP : INPUT;
  table[CLIENT.SetPixelFormat] = INSPECT;
  table[CLIENT.SetEncodings] = INSPECT;
  return table;
}
