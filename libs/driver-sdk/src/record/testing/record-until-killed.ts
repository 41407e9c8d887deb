/**
 * A process that records numbered lines in the folder of its first argument, as fast as they are written down, and says which number it has
 * read back. It goes on until it is killed.
 */
import { silentLogger } from '@consolemesh/mesh';
import { openConsoleLogs } from '../open-console-logs.ts';
import { numberedLine } from './numbered-line.ts';

const folder = process.argv[2]!;
const logs = await openConsoleLogs({ folder, segmentBytes: 50_000 }, silentLogger);
const { observer } = logs.record('c', 1n);
let said = 0;
setInterval(() => {
  for (let i = 0; i < 20; i += 1) {
    observer.bytes?.(Buffer.from(numberedLine(said)), Date.now());
    said += 1;
  }
}, 2);

let left = '';
for await (const piece of logs.read('c', { follow: true }, new AbortController().signal)) {
  if (!('data' in piece)) continue;
  const lines = (left + piece.data.toString()).split('\n');
  left = lines.pop()!;
  const last = lines.at(-1);
  if (last !== undefined) process.stdout.write(`${Number.parseInt(last, 10)}\n`);
}
