import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { IpmiError, SolLine } from '@consolemesh/ipmi';
import { type Beat, gatherBytes } from './gather-bytes.ts';

/**
 * The line as its viewers' hub takes it: it breaks with an error in words, and its `close` comes when the BMC has let go of everything.
 * @param explain what ended the line, in words
 * @param release closes line and session; never rejects
 * @param beat when bytes that were gathered are passed on
 */
export function lineStream(
  line: SolLine,
  explain: (error: IpmiError) => Promise<Error>,
  release: () => Promise<void>,
  beat: Beat,
): Duplex {
  const stream = new Duplex({
    read: () => void line.resume(),
    write(chunk: Buffer, _encoding, done) {
      // What fails ends the line, and why that was, is about to be said.
      line.write(chunk, (error) => {
        if (!error) done();
      });
    },
    destroy(error, done) {
      release().finally(() => done(error));
    },
  });
  const gatherer = gatherBytes((bytes) => {
    if (!stream.destroyed && !stream.push(bytes)) line.pause();
  }, beat);
  line.on('data', gatherer.add);
  line.on('error', () => {});
  void line.ended.then(async (error) => {
    if (stream.destroyed) return;
    gatherer.flush();
    // A stream that is destroyed drops what nobody has read yet.
    await turn();
    stream.destroy(await explain(error));
  });
  return stream;
}
