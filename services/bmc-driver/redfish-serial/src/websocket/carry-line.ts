import type { OpenedLine } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import type { RawData } from 'ws';
import { lineStream } from '../line-stream.ts';
import type { Timings } from '../timings.ts';
import { explainClose } from './explain-close.ts';
import type { ConsoleSocket } from './open-console.ts';

/** BMCs have small buffers and close what overruns them; bmcweb's smallest has 1024 bytes. */
const pieceBytes = 1024;

/**
 * The line that a console's WebSocket carries: bytes both ways, in text or binary messages of any size. Owns the console.
 * @param interactive whether it takes what is typed; if not, that is dropped
 */
export function carryLine(
  console: ConsoleSocket,
  { where, interactive, timings }: { where: string; interactive: boolean; timings: Timings },
): OpenedLine {
  const { socket } = console;
  let alive = true;
  const send = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) => {
      socket.send(bytes, { binary: true }, (error) => (error ? reject(error) : resolve()));
    });

  const line = lineStream({
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    async write(bytes) {
      if (!interactive) return;
      for (let at = 0; at < bytes.length; at += pieceBytes) await send(bytes.subarray(at, at + pieceBytes));
    },
    async release() {
      clearInterval(watching);
      clearInterval(touching);
      await console[Symbol.asyncDispose]();
    },
  });

  // Pings of the other side are answered by the library; these find out that there is no other side any more.
  const watching = setInterval(() => {
    if (alive || socket.isPaused) {
      alive = false;
      socket.ping(() => {});
      return;
    }
    const text = `${where}: the BMC gives no sign of life any more on the console's WebSocket.`;
    line.fail(new MeshError('UPSTREAM_LOST', text));
  }, timings.keepaliveMs);
  const touching = setInterval(() => void console.touch(), timings.touchMs);

  const sign = () => {
    alive = true;
  };
  socket.on('ping', sign);
  socket.on('pong', sign);
  socket.on('message', (data: RawData) => {
    sign();
    line.push(bytesOf(data));
  });
  socket.once('close', (code, reason) => line.fail(explainClose(code, reason, where, timings.busyMs)));
  if (socket.readyState !== socket.OPEN)
    line.fail(new MeshError('UPSTREAM_CLOSED', `${where}: the BMC closed the console at once.`));
  return { stream: line.stream };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
