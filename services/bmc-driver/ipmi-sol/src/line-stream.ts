import { Duplex } from 'node:stream';
import type { IpmiError, SolLine } from '@consolemesh/ipmi';

/**
 * The line as its viewers' hub takes it: it breaks with an error in words, and its `close` comes when the BMC has let go of everything.
 * @param explain what ended the line, in words
 * @param release closes line and session; never rejects
 */
export function lineStream(
  line: SolLine,
  explain: (error: IpmiError) => Promise<Error>,
  release: () => Promise<void>,
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
  line.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) line.pause();
  });
  line.on('error', () => {});
  void line.ended.then(async (error) => {
    if (stream.destroyed) return;
    stream.destroy(await explain(error));
  });
  return stream;
}
