import { type Io, wantsColour } from './io.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * Shows that something takes its time, while a promise is waited for: a line on standard error that moves and is wiped away at the
 * end. On a terminal only; nothing at all in a pipe.
 */
export async function withProgress<T>(io: Io, quiet: boolean, text: string, work: Promise<T>): Promise<T> {
  if (quiet || io.stderr.isTTY !== true || io.env.TERM === 'dumb') return work;
  const colour = wantsColour(io.stderr, io.env);
  const began = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    const mark = colour
      ? `\u001b[36m${frames[frame++ % frames.length]}\u001b[39m`
      : frames[frame++ % frames.length];
    const seconds = Math.floor((performance.now() - began) / 1000);
    io.stderr.write(`\r\u001b[2K${mark} ${text} ${seconds}s`);
  }, 100);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (frame > 0) io.stderr.write('\r\u001b[2K');
  }
}
