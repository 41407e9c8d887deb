import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { serveCommands } from '../serve-commands.ts';
import { createServerFrames, maskedFrame } from '../web-socket.ts';

// The load generator: many browsers in one process. Raw sockets and frames of its own, no object for each message.

/** Where to connect, and which words open a session there. */
export interface Destination {
  readonly port: number;
  readonly tls: boolean;
  /** Path with query; `{token}` stands for the token. */
  readonly path: string;
  /** `page` speaks consolemesh.v1 and shows its token in the first frame; `plain` speaks RFB at once. */
  readonly protocol: 'page' | 'plain';
  readonly tokens: readonly string[];
}

/** A session up to ServerInit and beyond. */
interface Session {
  readonly socket: Socket;
  /** Payload bytes of the console since the last reset. */
  received: number;
  onReceived: () => void;
  close(): void;
}

const text = 1;
const binary = 2;
const closing = 8;
const ping = 9;
const pong = 10;
/** Version, security type and ClientInit, in answer to banner, list and result. */
const rfbAnswers = ['RFB 003.008\n', '\x01', '\x01'].map((words) => maskedFrame(binary, Buffer.from(words)));
/** Bytes of the server at which each step of the handshake is complete: banner, list of types, result, ServerInit with "bench". */
const rfbSteps = [12, 14, 18, 47];
/** One for all plain connections: what is in it has been dealt with when the callback returns. */
const readBuffer = Buffer.allocUnsafe(256 * 1024);

let sessions: Session[] = [];

/** Opens one session; resolves when the screen could be drawn, rejects with what the proxy said instead. */
function open(to: Destination, index: number): Promise<Session> {
  const token = to.tokens[index % to.tokens.length] ?? '';
  return new Promise((resolve, reject) => {
    let head = '';
    let upgraded = false;
    let seen = 0;
    let step = 0;
    let ready = false;
    const session: Session = {
      get socket() {
        return socket;
      },
      received: 0,
      onReceived: () => {},
      close() {
        ready = true;
        socket.end(maskedFrame(closing, Buffer.from([0x03, 0xe8])));
      },
    };
    const frames = createServerFrames({
      payload(bytes) {
        if (ready) {
          session.received += bytes;
          return session.onReceived();
        }
        seen += bytes;
        while (step < rfbSteps.length && seen >= rfbSteps[step]!) {
          const answer = rfbAnswers[step++];
          if (answer) socket.write(answer);
          else {
            ready = true;
            session.received = seen - rfbSteps.at(-1)!;
            resolve(session);
          }
        }
      },
      control(code, payload) {
        if (code === ping) socket.write(maskedFrame(pong, payload));
        if (code === closing) socket.end();
        if (code === text && !ready && payload.includes('"closing"')) reject(new Error(payload.toString()));
      },
    });
    const data = (chunk: Buffer) => {
      if (upgraded) return frames(chunk);
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.startsWith('HTTP/1.1 101')) return reject(new Error(head.slice(0, 300)));
      upgraded = true;
      if (to.protocol === 'page') {
        socket.write(maskedFrame(text, Buffer.from(JSON.stringify({ type: 'open', token }))));
      }
      const rest = Buffer.from(head.slice(end + 4), 'latin1');
      if (rest.length > 0) frames(rest);
    };
    const { port } = to;
    const host = '127.0.0.1';
    const socket: Socket = to.tls
      ? connectTls({ host: 'localhost', port, rejectUnauthorized: false }).on('data', data)
      : connectTcp({
          host,
          port,
          onread: {
            buffer: readBuffer,
            callback(bytes, into) {
              data(into.subarray(0, bytes) as Buffer);
              return true;
            },
          },
        });
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
    socket.once(to.tls ? 'secureConnect' : 'connect', () => socket.write(request(to, token)));
  });
}

function request(to: Destination, token: string): string {
  const origin = `${to.tls ? 'https' : 'http'}://127.0.0.1:${to.port}`;
  return [
    `GET ${to.path.replace('{token}', token)} HTTP/1.1`,
    `Host: 127.0.0.1:${to.port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${to.protocol === 'page' ? 'consolemesh.v1' : 'binary'}`,
    `Origin: ${origin}`,
    '\r\n',
  ].join('\r\n');
}

async function openMany(to: Destination, count: number, atOnce: number): Promise<Session[]> {
  const opened: Session[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) opened.push(await open(to, next++));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return opened;
}

async function closeAll(): Promise<void> {
  const closed = sessions.map(gone);
  for (const session of sessions) session.close();
  sessions = [];
  await Promise.all(closed);
}

function gone({ socket }: Session): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    const timer = setTimeout(() => socket.destroy(), 5_000);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Writes `bytes` to each session, so many at once; the buffer is sent from again and again. */
function send(session: Session, buffer: Buffer, times: number): void {
  let left = times;
  const go = () => {
    while (left-- > 0 && !session.socket.destroyed) {
      if (!session.socket.write(buffer)) return void session.socket.once('drain', go);
    }
  };
  go();
}

serveCommands({
  async open({ to, count, atOnce }: { to: Destination; count: number; atOnce: number }) {
    sessions.push(...(await openMany(to, count, atOnce)));
    return sessions.length;
  },
  close: closeAll,
  /** Answers when each session has received so many bytes since the last call of `download`. */
  async download({ bytesEach }: { bytesEach: number }) {
    await Promise.all(
      sessions.map(
        (session) =>
          new Promise<void>((resolve) => {
            session.onReceived = () => {
              if (session.received >= bytesEach) resolve();
            };
            session.onReceived();
          }),
      ),
    );
    for (const session of sessions) session.received = 0;
  },
  /** Sends `times` copies of the frames that `unit` (hex payloads, one frame each) makes, put together `repeat` times. */
  upload({ unit, repeat, times }: { unit: string[]; repeat: number; times: number }) {
    const once = Buffer.concat(unit.map((payload) => maskedFrame(binary, Buffer.from(payload, 'hex'))));
    const buffer = Buffer.concat(Array.from({ length: repeat }, () => once));
    for (const session of sessions) send(session, buffer, times);
  },
  /** One frame of `unit` in turn to each session every `everyMs`, each in a write of its own. */
  async pace({ unit, count, everyMs }: { unit: string[]; count: number; everyMs: number }) {
    const frames = unit.map((payload) => maskedFrame(binary, Buffer.from(payload, 'hex')));
    for (let sent = 0; sent < count; sent++) {
      for (const { socket } of sessions) socket.write(frames[sent % frames.length]!);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  },
  /** Opens and closes `count` sessions, `atOnce` at a time; each is closed when its screen could be drawn. */
  async cycle({ to, count, atOnce }: { to: Destination; count: number; atOnce: number }) {
    let next = 0;
    const worker = async () => {
      while (next < count) {
        const session = await open(to, next++);
        session.close();
        await gone(session);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  },
});
