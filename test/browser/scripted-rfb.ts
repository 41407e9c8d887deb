/** A message of the client, as the scripted server understood it. */
export type ClientMessage =
  | { readonly type: 'key'; readonly keysym: number; readonly down: boolean }
  | { readonly type: 'pointer'; readonly buttons: number; readonly x: number; readonly y: number }
  | { readonly type: 'cut-text'; readonly text: string }
  | { readonly type: 'encodings'; readonly list: readonly number[] };

/** An RFB 3.8 server without security whose picture the test paints; one per connection. */
export interface ScriptedRfb {
  /** Takes bytes of the client. */
  receive(data: Uint8Array): void;
  /** Fills the whole picture with one colour, 0xRRGGBB. */
  paint(colour: number): void;
  bell(): void;
  cutText(text: string): void;
  readonly messages: readonly ClientMessage[];
}

const width = 320;
const height = 200;

/** @param send sends bytes to the client */
export function createScriptedRfb(send: (data: Uint8Array) => void, colour: number): ScriptedRfb {
  const messages: ClientMessage[] = [];
  let inbox = Buffer.alloc(0);
  let step: 'version' | 'security' | 'init' | 'messages' = 'version';
  let wanted = false;
  let current = colour;
  let sent: number | undefined;

  send(Buffer.from('RFB 003.008\n'));

  /** Answers an open request once the picture has changed. */
  function update(): void {
    if (!wanted || sent === current) return;
    wanted = false;
    sent = current;
    send(rectangle(current));
  }

  /** Length of the next message when all of it is there, otherwise 0. */
  function available(): number {
    if (step === 'version') return inbox.length >= 12 ? 12 : 0;
    if (step !== 'messages') return inbox.length >= 1 ? 1 : 0;
    const length = messageLength(inbox);
    return length !== undefined && inbox.length >= length ? length : 0;
  }

  function take(message: Buffer): void {
    if (step === 'version') {
      step = 'security';
      send(Buffer.from([1, 1]));
    } else if (step === 'security') {
      step = 'init';
      send(Buffer.alloc(4));
    } else if (step === 'init') {
      step = 'messages';
      send(serverInit());
    } else {
      const understood = understand(message);
      if (understood) messages.push(understood);
      if (message[0] !== 3) return;
      if (message[1] === 0) sent = undefined;
      wanted = true;
      update();
    }
  }

  return {
    messages,
    receive(data) {
      inbox = Buffer.concat([inbox, data]);
      for (let length = available(); length > 0; length = available()) {
        const message = inbox.subarray(0, length);
        inbox = inbox.subarray(length);
        take(message);
      }
    },
    paint(next) {
      current = next;
      update();
    },
    bell: () => send(Buffer.from([2])),
    cutText(text) {
      const head = Buffer.alloc(8);
      head[0] = 3;
      head.writeUInt32BE(text.length, 4);
      send(Buffer.concat([head, Buffer.from(text, 'latin1')]));
    },
  };
}

/** RFC 6143 section 7.3.2: width, height, pixel format (16 bytes), name. */
function serverInit(): Buffer {
  const name = Buffer.from('scripted');
  const head = Buffer.alloc(24);
  head.writeUInt16BE(width, 0);
  head.writeUInt16BE(height, 2);
  // 32 bits, depth 24, little endian, true colour, maxima 255, shifts 16, 8, 0.
  Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]).copy(head, 4);
  head.writeUInt32BE(name.length, 20);
  return Buffer.concat([head, name]);
}

/** FramebufferUpdate, one Raw rectangle in noVNC's format: 32 bits, little endian, red in the lowest byte. */
function rectangle(colour: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(width, 8);
  head.writeUInt16BE(height, 10);
  const pixel = Buffer.from([colour >> 16, (colour >> 8) & 255, colour & 255, 0]);
  return Buffer.concat([head, Buffer.alloc(width * height * 4, pixel)]);
}

/** RFC 6143 section 7.5: SetPixelFormat 20, SetEncodings 4 + 4n, FramebufferUpdateRequest 10, KeyEvent 8, PointerEvent 6, cut text 8 + n. */
function messageLength(inbox: Buffer): number | undefined {
  switch (inbox[0]) {
    case 0:
      return 20;
    case 2:
      return inbox.length < 4 ? undefined : 4 + 4 * inbox.readUInt16BE(2);
    case 3:
      return 10;
    case 4:
      return 8;
    case 5:
      return 6;
    case 6:
      return inbox.length < 8 ? undefined : 8 + inbox.readUInt32BE(4);
    case undefined:
      return undefined;
    default:
      throw new Error(`the client sent message ${inbox[0]}, which was not offered`);
  }
}

function understand(message: Buffer): ClientMessage | undefined {
  switch (message[0]) {
    case 2:
      return {
        type: 'encodings',
        list: Array.from({ length: message.readUInt16BE(2) }, (_, index) =>
          message.readInt32BE(4 + 4 * index),
        ),
      };
    case 4:
      return { type: 'key', down: message[1] === 1, keysym: message.readUInt32BE(4) };
    case 5:
      return {
        type: 'pointer',
        buttons: message.readUInt8(1),
        x: message.readUInt16BE(2),
        y: message.readUInt16BE(4),
      };
    case 6:
      return { type: 'cut-text', text: message.subarray(8).toString('latin1') };
    default:
      return undefined;
  }
}
