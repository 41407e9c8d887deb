import type { Socket } from 'node:net';
import { createHandshakeStream, type HandshakeStream } from '../link/handshake-stream.ts';
import { type Link, headroom as wholeHeadroom } from '../link/link.ts';
import { createWriter } from '../link/writer.ts';
import { closeFrame, opcode, serverFrame, serverHeaderLength, writeServerHeader } from './frame-header.ts';
import { createFrameReader, type FrameLimits, type FrameProblem } from './frame-reader.ts';

/** A WebSocket to a client: binary frames are the link's bytes, text frames are control messages. */
export interface WebSocketLink extends Link {
  /** Sends a control message. */
  sendText(message: string): void;
  /** Asks for a sign of life. */
  ping(): void;
  /** Ends the connection in order: close frame, a short time for the answer, then cut. */
  close(code: number, reason: string): void;
  onText: (message: string) => void;
  /** The client broke the protocol; the owner closes with words. */
  onBroken: (problem: FrameProblem) => void;
  /** Something came, or something that waited went out. */
  onAlive: () => void;
  /** Bytes that arrive before anybody wants them: the client speaks out of turn. */
  onUnexpected: () => void;
  /** Whether the source of the client's bytes is paused; a paused client cannot answer a ping. */
  readonly paused: boolean;
}

/** How long a client may take to answer a close frame, ms. */
const closeGrace = 2_000;

/** What a client may send, and what its text frames are. */
export interface WebSocketLinkOptions extends FrameLimits {
  /** Text frames are bytes of the link, like binary ones. */
  readonly textIsData?: boolean;
}

/** Takes over a socket after the 101; `head` are the bytes that came with the request. */
export function createWebSocketLink(
  socket: Socket,
  head: Buffer,
  options: WebSocketLinkOptions,
): WebSocketLink {
  let receive: ((chunk: Buffer, room: number) => boolean) | undefined;
  let handshake: HandshakeStream | undefined;
  let paused = false;
  let closing = false;
  let over = false;

  const tell = (error?: Error) => {
    if (over) return;
    over = true;
    if (error) handshake?.fail(error);
    else handshake?.end();
    link.onOver(error);
  };
  const pause = () => {
    paused = true;
    socket.pause();
  };
  const deliver = (bytes: Buffer) => {
    if (closing) return;
    if (receive) {
      if (!receive(bytes, 0)) pause();
    } else if (handshake) {
      if (!handshake.push(bytes)) pause();
    } else link.onUnexpected();
  };
  const reader = createFrameReader(
    {
      binary: deliver,
      text: (message) => {
        if (options.textIsData) deliver(Buffer.from(message));
        else if (!closing) link.onText(message);
      },
      ping(payload) {
        // A client that pings without reading would otherwise fill our memory with answers.
        if (!closing && socket.writableLength < 64 * 1024) writer.between(serverFrame(opcode.pong, payload));
      },
      pong: () => {},
      close(code) {
        if (!closing) socket.write(closeFrame(code === 1005 ? 1000 : code, ''));
        closing = true;
        socket.end();
        cut();
        tell();
      },
      broken: (problem) => {
        if (!closing) link.onBroken(problem);
      },
    },
    options,
  );
  const cut = () => setTimeout(() => socket.destroy(), closeGrace).unref();
  const writer = createWriter(socket, () => {
    link.onAlive();
    link.onWritten();
  });

  const link: WebSocketLink = {
    get stream() {
      handshake ??= createHandshakeStream({
        read: () => link.resume(),
        write(chunk, written) {
          if (closing || socket.destroyed) return written();
          socket.write(serverFrame(opcode.binary, chunk), written);
        },
        finish: () => {},
        destroy: () => {},
      });
      return handshake.stream;
    },
    relay(to) {
      receive = to;
      const rest = handshake?.detach();
      handshake = undefined;
      if (rest !== undefined && !to(rest, 0)) pause();
      else link.resume();
    },
    resume() {
      paused = false;
      socket.resume();
    },
    write(chunk, room) {
      if (closing) return true;
      if (room < wholeHeadroom) return writeApart(chunk);
      const header = serverHeaderLength(chunk.length);
      const frame = Buffer.from(chunk.buffer, chunk.byteOffset - header, header + chunk.length);
      writeServerHeader(frame, header, opcode.binary, chunk.length);
      return writer.write(frame, true);
    },
    sendText(message) {
      if (!closing && !socket.destroyed) writer.between(serverFrame(opcode.text, Buffer.from(message)));
    },
    ping() {
      if (!closing && !socket.destroyed) writer.between(pingFrame);
    },
    close(code, reason) {
      if (closing || socket.destroyed) return;
      closing = true;
      socket.end(closeFrame(code, reason));
      // What the client still sends is read and dropped, so that its answer to the close frame can end the connection.
      socket.resume();
      cut();
    },
    destroy() {
      over = true;
      socket.destroy();
    },
    onText: () => {},
    onBroken: () => {},
    onAlive: () => {},
    onUnexpected: () => {},
    onWritten: () => {},
    onOver: () => {},
    get paused() {
      return paused;
    },
    get pending() {
      return socket.writableLength;
    },
  };

  /** For chunks without room in front: header and chunk in one system call, small ones in one piece. */
  const writeApart = (chunk: Buffer): boolean => {
    if (chunk.length < 4096) return writer.write(serverFrame(opcode.binary, chunk), false);
    const header = Buffer.allocUnsafe(serverHeaderLength(chunk.length));
    writeServerHeader(header, header.length, opcode.binary, chunk.length);
    socket.cork();
    socket.write(header);
    const goesOn = writer.write(chunk, false);
    socket.uncork();
    return goesOn;
  };

  socket.setTimeout(0);
  socket.on('data', (chunk: Buffer) => {
    link.onAlive();
    reader.push(chunk);
  });
  socket.on('error', tell);
  socket.on('end', () => {
    socket.end();
    tell();
  });
  socket.on('close', () => tell());
  // A turn later: the owner sets its handlers first.
  if (head.length > 0) setImmediate(() => reader.push(head));
  return link;
}

const pingFrame = serverFrame(opcode.ping, Buffer.alloc(0));
