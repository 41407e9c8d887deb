import type { Duplex } from 'node:stream';

/** Why no line came. */
export type NoLine = 'too-long' | 'too-late' | 'gone';

/** Reads up to the first line feed within time; what follows stays in the stream, which is paused. The line comes without its end. */
export function readFirstLine(
  stream: Duplex,
  { longest, ms }: { longest: number; ms: number },
): Promise<{ line: string } | { problem: NoLine }> {
  return new Promise((resolve) => {
    let head = Buffer.alloc(0);
    const timer = setTimeout(() => done({ problem: 'too-late' }), ms);
    const gone = () => done({ problem: 'gone' });
    const done = (result: { line: string } | { problem: NoLine }) => {
      clearTimeout(timer);
      stream.off('data', read).off('end', gone).off('close', gone);
      stream.pause();
      resolve(result);
    };
    const read = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(0x0a);
      if (end >= longest || (end < 0 && head.length >= longest)) return done({ problem: 'too-long' });
      if (end < 0) return;
      done({ line: head.subarray(0, end).toString('utf8').replace(/\r$/, '') });
      if (head.length > end + 1) stream.unshift(head.subarray(end + 1));
    };
    stream.on('data', read).on('end', gone).on('close', gone);
  });
}
