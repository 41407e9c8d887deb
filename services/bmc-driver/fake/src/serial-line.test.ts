import { duplexPair } from '@consolemesh/bytes/testing';
import { expect, it } from 'vitest';
import { createSerialLine, serialBanner } from './serial-line.ts';

/** Somebody on the line, and what they have heard. */
function join(line: ReturnType<typeof createSerialLine>) {
  const [ours, theirs] = duplexPair();
  line.join(theirs);
  let heard = '';
  let ended = false;
  ours.on('data', (data: Buffer) => {
    heard += data.toString();
  });
  ours.once('end', () => {
    ended = true;
    ours.destroy();
  });
  return { ours, heard: () => heard, ended: () => ended };
}

it('throws everybody off when it is dropped, and takes them back', async () => {
  const line = createSerialLine();
  const [ann, bob] = [join(line), join(line)];
  ann.ours.write('hello');
  await expect.poll(bob.heard).toBe(`${serialBanner}hello`);
  line.drop();
  await expect.poll(ann.ended).toBe(true);
  await expect.poll(bob.ended).toBe(true);
  const again = join(line);
  again.ours.write('here again');
  await expect.poll(again.heard).toBe(`${serialBanner}here again`);
  expect(bob.heard()).not.toContain('here again');
  again.ours.destroy();
});
