import { MeshError } from '@consolemesh/errors';
import {
  type Client,
  closingMessage,
  createControlIntake,
  type End,
  endInOrder,
  endOf,
  isConsoleWish,
  type Link,
  largestControlMessage,
  parseClientMessage,
  type ServerMessage,
  type TerminalSize,
} from '@consolemesh/proxy';
import { createFrameReader, encodeFrames, frameType } from '@consolemesh/proxy/line-frames';
import { lastWords } from '../speech.ts';
import { openedLine, refusedLine } from './line-request.ts';

/** A client that speaks in frames: the console's bytes and the page's control messages beside them. */
export function framedClient(connection: Link, address: string, size: TerminalSize | undefined): Client {
  let opened = false;
  let gone = false;
  let closed = false;
  const send = (message: ServerMessage) => {
    if (!gone && !closed)
      connection.write(encodeFrames(frameType.control, Buffer.from(JSON.stringify(message))), 0);
  };
  const close = (end: End) => {
    if (closed) return;
    if (opened) send(closingMessage(end, true));
    closed = true;
    if (opened || gone) return endInOrder(connection);
    void lastWords(connection, refusedLine(end.reason, end.message)).finally(() => endInOrder(connection));
  };
  const violation = (message: string) => client.onFault(endOf('PROTOCOL_VIOLATION', message));
  const intake = createControlIntake({ now: Date.now }, violation, (wish) => client.onControl(wish));
  const link = framedLink(connection, {
    hear(text) {
      const message = parseClientMessage(text);
      if (message === undefined) violation('A control message is malformed.');
      else if (message !== 'unknown' && isConsoleWish(message)) intake(message);
    },
    tooLong: () => client.onFault(endOf('MESSAGE_TOO_LARGE', new MeshError('MESSAGE_TOO_LARGE').message)),
  });
  connection.onOver = (error) => {
    gone = true;
    link.onOver(error);
  };
  const client: Client = {
    link,
    address,
    size,
    opened(message) {
      opened = true;
      connection.write(openedLine(message), 0);
      send(message);
    },
    tell: send,
    notify: (reason, message) => send({ type: 'notice', reason, message }),
    close,
    gone: () => gone,
    onFault: close,
    onControl: () => {},
    liveness: undefined,
  };
  return client;
}

/** A link whose bytes are the data frames of another. */
function framedLink(
  inner: Link,
  { hear, tooLong }: { hear: (text: string) => void; tooLong: () => void },
): Link {
  const link: Link = {
    stream: inner.stream,
    relay(receive) {
      const data = (bytes: Buffer) => receive(bytes, 0);
      const reader = createFrameReader({ data, control: hear, tooLong }, largestControlMessage);
      inner.relay((chunk) => reader.push(chunk));
    },
    resume: () => inner.resume(),
    write: (chunk) => inner.write(encodeFrames(frameType.data, chunk), 0),
    onWritten: () => {},
    onOver: () => {},
    get pending() {
      return inner.pending;
    },
    destroy: () => inner.destroy(),
  };
  inner.onWritten = () => link.onWritten();
  return link;
}
