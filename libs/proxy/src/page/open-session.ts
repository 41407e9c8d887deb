import type { LogMessage, LogWish } from './log-protocol.ts';
import {
  type Closing,
  type ConsoleControl,
  type ConsoleEvent,
  type Credential,
  type InUse,
  type Notice,
  type Opened,
  parseServerMessage,
  type Resume,
  subProtocol,
  type TerminalSize,
} from './protocol.ts';

/** The console's bytes as an object with the surface of a WebSocket, which is what noVNC wants. */
export interface RawChannel {
  binaryType: string;
  readonly protocol: string;
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  send(data: Uint8Array): void;
  close(): void;
  /** Bytes that the browser has not sent yet. */
  readonly bufferedAmount: number;
}

/** What happens to a session, in the order it happens; `closing` and `lost` come once and last. */
export type SessionEvent =
  | (Opened & { readonly channel: RawChannel })
  | InUse
  | Resume
  | Notice
  | Closing
  | ConsoleEvent
  | LogMessage
  /** The socket died without a word: network, proxy gone, no answer in time. */
  | { readonly type: 'lost'; readonly code: number };

/** One WebSocket to the proxy. */
export interface Session {
  /** Answers `in-use`: end the other session and give me the console. */
  takeOver(): void;
  /** Answers `in-use`: look again whether there is a place. */
  retry(): void;
  /** Wants something of an open serial console, or of its log. */
  control(wish: ConsoleControl | LogWish): void;
  /** Ends the session; no further event follows. */
  close(): void;
  /** Bytes and frames so far. */
  readonly traffic: Readonly<Traffic>;
}

export interface Traffic {
  bytesIn: number;
  bytesOut: number;
  framesIn: number;
}

export interface OpenSessionOptions {
  /** Address of the session endpoint, `ws:` or `wss:`; carries no secret. */
  readonly url: string;
  readonly credential: Credential;
  readonly takeOver?: boolean;
  /** Of the terminal; serial consoles only. */
  readonly size?: TerminalSize | undefined;
  /** How much may come before the channel has a listener, bytes. */
  readonly mostEarly?: number | undefined;
  /** Each answer of the server must come within this time, milliseconds. */
  readonly deadlineMs?: number;
  readonly WebSocket?: typeof WebSocket;
}

/** `readyState` of a WebSocket that is closed. */
const closedState = 3;
/** Close code that a browser reports for a connection that broke. */
const brokenConnection = 1006;
/** RFB is silent after its 12-byte greeting until the client has answered: more than this before that is no RFB server. */
const mostEarlyBytes = 256 * 1024;

/**
 * Opens a session: says who it is, tells its control messages as events, and hands the binary frames to a WebSocket-like
 * channel that appears with `opened`.
 */
export function openSession(options: OpenSessionOptions, tell: (event: SessionEvent) => void): Session {
  const traffic: Traffic = { bytesIn: 0, bytesOut: 0, framesIn: 0 };
  const socket = new (options.WebSocket ?? WebSocket)(options.url, subProtocol);
  socket.binaryType = 'arraybuffer';
  let channel: Channel | undefined;
  let over = false;

  let deadline: ReturnType<typeof setTimeout> | undefined;
  expectAnswer();

  function expectAnswer(): void {
    clearTimeout(deadline);
    deadline = setTimeout(() => end({ type: 'lost', code: brokenConnection }), options.deadlineMs ?? 30_000);
  }

  /** Ends everything once; `event` undefined = the operator wanted it. */
  function end(event: Closing | { type: 'lost'; code: number } | undefined): void {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    socket.close(1000);
    channel?.ended(event?.type === 'lost' ? event.code : 1000);
    if (event) tell(event);
  }

  function send(message: object): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  function receiveControl(text: string): void {
    const message = parseServerMessage(text);
    if (!message) return;
    if (message.type === 'opened' || message.type === 'in-use') clearTimeout(deadline);
    if (message.type === 'closing') {
      end(message);
      return;
    }
    if (message.type !== 'opened') {
      tell(message);
      return;
    }
    if (channel) return;
    channel = createChannel(socket, traffic, options.mostEarly ?? mostEarlyBytes, () => end(undefined));
    tell({ ...message, channel: channel.raw });
  }

  socket.onopen = () =>
    send({
      type: 'open',
      ...options.credential,
      ...(options.takeOver ? { takeOver: true } : {}),
      ...(options.size ? { size: options.size } : {}),
    });
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (over) return;
    if (typeof data === 'string') return receiveControl(data);
    traffic.bytesIn += data.byteLength;
    traffic.framesIn += 1;
    if (!channel?.receive(data)) end({ type: 'lost', code: brokenConnection });
  };
  socket.onclose = ({ code, reason }) => end(closingOfCode(code, reason) ?? { type: 'lost', code });
  return {
    takeOver: () => {
      expectAnswer();
      send({ type: 'take-over' });
    },
    retry: () => {
      expectAnswer();
      send({ type: 'retry' });
    },
    control: (wish) => {
      if (channel && !over) send(wish);
    },
    close: () => end(undefined),
    traffic,
  };
}

/** A close code of the error table tells the reason even when the `closing` message did not get through. */
function closingOfCode(code: number, reason: string): Closing | undefined {
  if (code < 4000 || code > 4999 || !/^[A-Z_]+$/.test(reason)) return undefined;
  return { type: 'closing', reason, message: undefined, canResume: false, retryAfterMs: null };
}

interface Channel {
  readonly raw: RawChannel;
  /** Takes a binary frame; false when nobody has listened for too long. */
  receive(data: ArrayBuffer): boolean;
  ended(code: number): void;
}

/** The WebSocket-like object: binary frames only, in order, kept until somebody listens. */
function createChannel(socket: WebSocket, traffic: Traffic, mostEarly: number, close: () => void): Channel {
  const early: ArrayBuffer[] = [];
  let earlyBytes = 0;
  let listener: RawChannel['onmessage'] = null;
  let closed = false;
  let told = false;

  function flush(): void {
    while (listener && early.length > 0) listener({ data: early.shift() as ArrayBuffer });
    if (early.length === 0) earlyBytes = 0;
  }
  // noVNC sets its state only after close() has returned, so it hears of the end in a turn of its own.
  function tellClosed(code: number): void {
    if (told) return;
    told = true;
    queueMicrotask(() => raw.onclose?.({ code, reason: '' }));
  }

  const raw: RawChannel = {
    binaryType: 'arraybuffer',
    protocol: '',
    get readyState() {
      return closed ? closedState : socket.readyState;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    onopen: null,
    onclose: null,
    onerror: null,
    get onmessage() {
      return listener;
    },
    set onmessage(next) {
      listener = next;
      // Not now: noVNC attaches first and begins its handshake a few lines later.
      queueMicrotask(flush);
    },
    send(data) {
      if (closed || socket.readyState !== socket.OPEN) return;
      traffic.bytesOut += data.byteLength;
      socket.send(data as Uint8Array<ArrayBuffer>);
    },
    close() {
      closed = true;
      close();
      tellClosed(1000);
    },
  };
  return {
    raw,
    receive(data) {
      if (listener && early.length === 0) {
        listener({ data });
        return true;
      }
      early.push(data);
      earlyBytes += data.byteLength;
      return earlyBytes <= mostEarly;
    },
    ended(code) {
      closed = true;
      tellClosed(code);
    },
  };
}
