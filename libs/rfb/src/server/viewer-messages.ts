import type { Duplex } from 'node:stream';
import { ExactReader } from '@consolemesh/bytes';
import { CLIENT } from '../client-messages.ts';
import { RfbError } from '../errors.ts';
import { parseSetEncodings } from '../filter/set-encodings.ts';
import { type PixelFormat, parsePixelFormat } from '../pixel-format.ts';
import type { Rect } from '../screen/screen.ts';

/** What a viewer says, one method per message. */
export interface ViewerHandler {
  setPixelFormat(format: PixelFormat): void;
  setEncodings(encodings: number[]): void;
  updateRequest(incremental: boolean, rect: Rect): void;
  key(keysym: number, down: boolean, scanCode?: number): void;
  pointer(x: number, y: number, mask: number): void;
  cutText(text: string): void;
  setDesktopSize(width: number, height: number): void;
}

const MAX_CUT_TEXT_BYTES = 256 * 1024;

/**
 * Reads a viewer's messages until it hangs up; lengths in client-messages.ts. Extensions a simulated server
 * does not announce (fence, xvp, extended clipboard and mouse) are violations.
 * @throws RfbError, or UnexpectedEnd when the viewer left (between two messages: received is empty)
 */
export async function readViewerMessages(
  stream: Duplex,
  handler: ViewerHandler,
  signal: AbortSignal,
): Promise<never> {
  const reader = ExactReader.from(stream, { signal });
  for (;;) {
    const type = await reader.readU8();
    await readOne(type, reader, handler);
  }
}

async function readOne(type: number, reader: ExactReader, handler: ViewerHandler): Promise<void> {
  switch (type) {
    case CLIENT.SetPixelFormat: {
      const format = parsePixelFormat(await reader.read(19), 3);
      if (format === undefined) throw new RfbError('PROTOCOL_VIOLATION', 'impossible pixel format');
      return handler.setPixelFormat(format);
    }
    case CLIENT.SetEncodings: {
      const head = await reader.read(3);
      const list = await reader.read(4 * head.readUInt16BE(1));
      return handler.setEncodings(parseSetEncodings(Buffer.concat([Buffer.of(type), head, list])));
    }
    case CLIENT.FramebufferUpdateRequest: {
      const b = await reader.read(9);
      const rect = {
        x: b.readUInt16BE(1),
        y: b.readUInt16BE(3),
        width: b.readUInt16BE(5),
        height: b.readUInt16BE(7),
      };
      return handler.updateRequest(b[0] !== 0, rect);
    }
    case CLIENT.KeyEvent: {
      const b = await reader.read(7);
      return handler.key(b.readUInt32BE(3), b[0] !== 0);
    }
    case CLIENT.PointerEvent: {
      const b = await reader.read(5);
      return handler.pointer(b.readUInt16BE(1), b.readUInt16BE(3), b[0]!);
    }
    case CLIENT.ClientCutText: {
      const length = (await reader.read(7)).readUInt32BE(3);
      if (length > MAX_CUT_TEXT_BYTES) throw new RfbError('LIMIT_EXCEEDED', `a clipboard of ${length} bytes`);
      return handler.cutText((await reader.read(length)).toString('latin1'));
    }
    case CLIENT.SetDesktopSize: {
      const b = await reader.read(7);
      await reader.read(16 * b[5]!);
      return handler.setDesktopSize(b.readUInt16BE(1), b.readUInt16BE(3));
    }
    case CLIENT.Qemu: {
      const b = await reader.read(11);
      if (b[0] !== 0) throw new RfbError('PROTOCOL_VIOLATION', 'QEMU audio was not announced');
      return handler.key(b.readUInt32BE(3), b.readUInt16BE(1) !== 0, b.readUInt32BE(7));
    }
    default:
      throw new RfbError('PROTOCOL_VIOLATION', `the viewer sent message type ${type}`);
  }
}
