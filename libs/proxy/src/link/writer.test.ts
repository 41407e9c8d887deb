import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createWriter } from './writer.ts';

/** A kernel that takes a write when it is told to. */
function slowStream() {
  const taken: (() => void)[] = [];
  const stream = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) });
  return {
    stream,
    async take() {
      taken.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('whoever waits is told once everything has left, also what was written between the chunks', async () => {
  const { stream, take } = slowStream();
  let told = 0;
  const writer = createWriter(stream, () => {
    told += 1;
  });
  expect(writer.write(Buffer.alloc(10), true)).toBe(false);
  writer.between(Buffer.from('a message'));
  await take();
  expect(told).toBe(0);
  await take();
  expect(told).toBe(1);
});

test('a message alone holds nobody up', async () => {
  const { stream, take } = slowStream();
  let told = 0;
  const writer = createWriter(stream, () => {
    told += 1;
  });
  writer.between(Buffer.from('a message'));
  await take();
  expect(told).toBe(0);
});
