import { Duplex } from 'node:stream';
import { ExactReader } from '@consolemesh/bytes';
import { connectToServer, ENCODING, encodeSetEncodings, type ServerInit } from '@consolemesh/rfb';
import WebSocket from 'ws';

/** A control message of the proxy, as it stands in the frame. */
export interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A tab at a proxy: the sub-protocol `consolemesh.v1` from the first frame. */
export interface Tab extends Disposable {
  /** The next control message, tickets left out. @throws when the socket closes before */
  next(): Promise<Message>;
  send(message: object): void;
  sendText(text: string): void;
  /** The newest resume ticket. */
  readonly ticket: string;
  /** What the proxy said last before the socket closed, and the close frame; code 1006 when it broke. */
  readonly closed: Promise<{ code: number; reason: string; closing: Message | undefined }>;
  /** The console's bytes. */
  readonly stream: Duplex;
}

/** How to come in. */
export interface OpenOptions {
  /** Instead of the token in the link. */
  readonly resume?: string;
  readonly takeOver?: boolean;
  /** The proxy to use instead of the one in the link: its HTTP port. */
  readonly port?: number;
  /** Origin header; that of the link unless told. */
  readonly origin?: string;
}

/** A console that is open: the RFB handshake is done. */
export interface OpenConsole extends Tab {
  /** The `opened` message. */
  readonly opened: Message;
  readonly serverInit: ServerInit;
  /** The screen as it is now, or its upper left corner: each pixel as the server has it, row after row. */
  screen(corner?: { readonly width: number; readonly height: number }): Promise<Buffer>;
  /** Presses and releases a key. */
  press(keysym: number): void;
}

/** Connects to the proxy of a link and says `open`. */
export async function knock(link: string, options: OpenOptions = {}): Promise<Tab> {
  const url = new URL(link);
  const token = new URLSearchParams(url.hash.slice(1)).get('token');
  const port = options.port ?? url.port;
  const socket = new WebSocket(`ws://${url.hostname}:${port}/session`, ['consolemesh.v1'], {
    origin: options.origin ?? url.origin,
  });
  const tab = createTab(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const { takeOver, resume } = options;
  tab.send({ type: 'open', ...(resume ? { resume } : { token }), ...(takeOver ? { takeOver } : {}) });
  return tab;
}

/** Opens a console up to its screen. @throws with the message that came instead */
export async function openConsole(link: string, options: OpenOptions = {}): Promise<OpenConsole> {
  return enter(await knock(link, options));
}

/** Waits for `opened` and does the RFB handshake. */
export async function enter(tab: Tab): Promise<OpenConsole> {
  const opened = await tab.next();
  if (opened.type !== 'opened') throw new Error(`not opened: ${JSON.stringify(opened)}`);
  const { serverInit } = await connectToServer(tab.stream, { allowedSecurity: ['None'] });
  const reader = ExactReader.from(tab.stream, { maxBuffered: 64 * 1024 * 1024 });
  tab.stream.write(encodeSetEncodings([ENCODING.Raw]));
  const view: Omit<OpenConsole, keyof Tab> = {
    opened,
    serverInit,
    async screen({ width, height } = serverInit) {
      // FramebufferUpdateRequest, whole and not incremental (RFC 6143 section 7.5.3).
      const request = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      request.writeUInt16BE(width, 6);
      request.writeUInt16BE(height, 8);
      tab.stream.write(request);
      return readUpdate(reader, width, height, serverInit.pixelFormat.bitsPerPixel / 8);
    },
    press(keysym) {
      for (const down of [1, 0]) {
        const event = Buffer.from([4, down, 0, 0, 0, 0, 0, 0]);
        event.writeUInt32BE(keysym, 4);
        tab.stream.write(event);
      }
    },
  };
  return Object.defineProperties(view, Object.getOwnPropertyDescriptors(tab)) as OpenConsole;
}

/** One FramebufferUpdate of raw rectangles (RFC 6143 sections 7.6.1 and 7.7.1), put together. */
async function readUpdate(
  reader: ExactReader,
  width: number,
  height: number,
  bytes: number,
): Promise<Buffer> {
  const screen = Buffer.alloc(width * height * bytes);
  const header = await reader.read(4);
  if (header[0] !== 0) throw new Error(`server message ${header[0]} instead of a picture`);
  for (let left = header.readUInt16BE(2); left > 0; left -= 1) {
    const rectangle = await reader.read(12);
    const [x, y, w, h] = [0, 2, 4, 6].map((at) => rectangle.readUInt16BE(at)) as [
      number,
      number,
      number,
      number,
    ];
    if (rectangle.readInt32BE(8) !== ENCODING.Raw) throw new Error('a picture that is not raw');
    const pixels = await reader.read(w * h * bytes);
    for (let row = 0; row < h; row += 1) {
      pixels.copy(screen, ((y + row) * width + x) * bytes, row * w * bytes, (row + 1) * w * bytes);
    }
  }
  return screen;
}

function createTab(socket: WebSocket): Tab {
  const messages: Message[] = [];
  let ticket = '';
  let closing: Message | undefined;
  let wake = () => {};
  const stream = new Duplex({
    read() {},
    write: (chunk: Buffer, _encoding, done) => socket.send(chunk, (error) => done(error)),
    destroy(error, done) {
      socket.terminate();
      done(error);
    },
  });
  stream.on('error', () => {});
  socket.on('error', () => {});
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (binary) return void stream.push(data);
    const message = JSON.parse(data.toString()) as Message;
    if (typeof message.resume === 'string') ticket = message.resume;
    if (message.type === 'closing') closing = message;
    if (message.type !== 'resume') messages.push(message);
    wake();
  });
  const closed: Tab['closed'] = new Promise((resolve) => {
    socket.once('close', (code, reason) => {
      resolve({ code, reason: reason.toString(), closing });
      stream.push(null);
      wake();
    });
  });
  return {
    stream,
    closed,
    get ticket() {
      return ticket;
    },
    send: (message) => socket.send(JSON.stringify(message)),
    sendText: (text) => socket.send(text),
    async next() {
      for (;;) {
        const message = messages.shift();
        if (message) return message;
        if (socket.readyState === WebSocket.CLOSED) throw new Error('the socket closed without a word');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}
