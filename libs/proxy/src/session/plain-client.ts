import { closeCode } from '@consolemesh/errors';
import type { Link } from '../link/link.ts';
import type { WebSocketLink } from '../websocket/websocket-link.ts';
import type { Client } from './client.ts';
import type { ConsoleEvent, TerminalSize } from './console-talk.ts';
import type { OpenedMessage } from './control-messages.ts';
import { type End, endOf } from './end.ts';
import { socketLiveness } from './socket-liveness.ts';

/** What clients are told that know nothing but bytes. */
export interface Speech {
  /** What such a client reads when it is let in; absent = nothing. */
  readonly greeting?: (opened: OpenedMessage) => Buffer;
  /** Says why it may not come in. */
  refuse(link: Link, end: End): Promise<void>;
  /** A sentence amid the console's bytes; absent where the protocol has no place for one. */
  readonly sentence?: (message: string) => Buffer;
}

/** How clients are spoken to that know nothing but the console's own protocol. */
export interface PlainSpeech extends Speech {
  /** Paths below the base path where such clients come in by WebSocket; they show their token in the query. */
  readonly paths: readonly string[];
  /** Text frames are the console's bytes as well. */
  readonly textIsData: boolean;
}

/** A WebSocket that carries the console's protocol from the first frame (unmodified noVNC, Horizon's serial console). */
export function plainWebSocketClient(socket: WebSocketLink, address: string, speech: PlainSpeech): Client {
  const cut = (end: End) => socket.close(closeCode(end.reason), end.reason);
  const client = createPlainClient(socket, { address, speech, cut, liveness: socketLiveness(socket) });
  socket.onBroken = ({ kind, message }) =>
    client.onFault({ ...endOf(kind === 'too-large' ? 'MESSAGE_TOO_LARGE' : 'PROTOCOL_VIOLATION'), message });
  // Opened now: what the client says before its console is reached waits in the stream of the handshake.
  void socket.stream;
  return client;
}

/** A raw TCP connection. */
export function plainTcpClient(link: Link, address: string, speech: Speech, size?: TerminalSize): Client {
  return createPlainClient(link, { address, speech, size, cut: () => endInOrder(link), liveness: undefined });
}

/** How long a client may take to read what was said last, ms. */
const endGrace = 2_000;

/** Lets what was written leave, then cuts. */
export function endInOrder(link: Link): void {
  link.stream.end();
  setTimeout(() => link.destroy(), endGrace).unref();
}

function createPlainClient(
  link: Link,
  how: {
    address: string;
    speech: Speech;
    size?: TerminalSize | undefined;
    cut: (end: End) => void;
    liveness: Client['liveness'];
  },
): Client {
  const { speech, cut } = how;
  let gone = false;
  let opened = false;
  let closed = false;
  const say = (message: string) => {
    if (speech.sentence && opened && !gone && !closed) link.write(speech.sentence(message), 0);
  };
  const close = (end: End) => {
    if (closed) return;
    say(end.message);
    closed = true;
    if (opened || gone) return cut(end);
    void speech.refuse(link, end).finally(() => cut(end));
  };
  link.onOver = () => {
    gone = true;
  };
  return {
    link,
    address: how.address,
    size: how.size,
    opened(message) {
      opened = true;
      if (speech.greeting) link.write(speech.greeting(message), 0);
    },
    tell(event) {
      const words = wordsOf(event);
      if (words !== undefined) say(words);
    },
    notify: (_reason, message) => say(message),
    close,
    gone: () => gone,
    onFault: close,
    onControl: () => {},
    liveness: how.liveness,
  };
}

/** Only what somebody at a bare terminal has to know is worth a line between the machine's own. */
function wordsOf(event: ConsoleEvent): string | undefined {
  if (event.type !== 'upstream') return undefined;
  if (event.state === 'restored') return 'The connection to the machine is back.';
  return event.message ?? 'The connection to the machine is lost; it is being restored.';
}
