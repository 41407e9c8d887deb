import type { ClientChannel } from 'ssh2';
import type { Timings } from '../timings.ts';

/**
 * Types the command that leads from a BMC's command line to the console: once it has said something and is quiet, because some drop what
 * comes before their prompt. What it says is left to whoever reads the channel.
 */
export async function enterConsole(
  channel: ClientChannel,
  command: string,
  { promptQuietMs, promptMs }: Pick<Timings, 'promptQuietMs' | 'promptMs'>,
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve) => {
    let quiet: NodeJS.Timeout | undefined;
    const latest = setTimeout(done, promptMs);
    function done(): void {
      clearTimeout(latest);
      clearTimeout(quiet);
      channel.off('data', said);
      channel.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    }
    function said(): void {
      clearTimeout(quiet);
      quiet = setTimeout(done, promptQuietMs);
    }
    channel.on('data', said);
    channel.once('close', done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
  signal.throwIfAborted();
  if (channel.writable) channel.write(`${command}\r`);
}
