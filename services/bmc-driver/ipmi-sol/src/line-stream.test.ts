import { duplexPair } from '@consolemesh/bytes/testing';
import { IpmiError, type SolLine } from '@consolemesh/ipmi';
import { describe, expect, it } from 'vitest';
import { createBeat } from './gather-bytes.ts';
import { lineStream } from './line-stream.ts';

/** A line whose other end is the test. */
function stage() {
  const [ours, machine] = duplexPair();
  machine.on('error', () => {});
  let end: (error: IpmiError) => void = () => {};
  const ended = new Promise<IpmiError>((resolve) => {
    end = resolve;
  });
  const line = Object.assign(ours, { ended }) as unknown as SolLine;
  let finish: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const calls: string[] = [];
  const stream = lineStream(
    line,
    async (error) => {
      calls.push(`explain ${error.code}`);
      return new Error('in words');
    },
    () => {
      calls.push('release');
      return released;
    },
    createBeat(),
  );
  return { machine, stream, end, finish, calls };
}

describe('the stream of a line', () => {
  it('carries both ways, one byte at a time', async () => {
    const { machine, stream } = stage();
    for (const byte of 'login: ') machine.write(byte);
    let text = '';
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      text += chunk;
      if (text === 'login: ') break;
    }
    stream.write('root\r');
    expect(String(await new Promise((resolve) => machine.once('data', resolve)))).toBe('root\r');
  });

  it('stops reading from the BMC while nobody reads from it, and loses nothing', async () => {
    const { machine, stream } = stage();
    const piece = Buffer.alloc(16 * 1024, 'x');
    const sent = Buffer.alloc(64 * piece.length);
    for (let at = 0; at < sent.length; at += piece.length) machine.write(piece);
    await expect.poll(() => stream.readableLength).toBeGreaterThan(0);
    expect(stream.readableLength).toBeLessThan(128 * 1024);
    let read = 0;
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      read += chunk.length;
      if (read === sent.length) break;
    }
    expect(read).toBe(sent.length);
  });

  it('breaks with words, and is closed only when the BMC is free', async () => {
    const { stream, end, finish, calls } = stage();
    const error = new Promise((resolve) => stream.once('error', resolve));
    end(new IpmiError('SOL_STOLEN', 'x'));
    await expect.poll(() => calls).toEqual(['explain SOL_STOLEN', 'release']);
    expect(stream.closed).toBe(false);
    finish();
    expect(await error).toMatchObject({ message: 'in words' });
    await expect.poll(() => stream.closed).toBe(true);
  });

  it('that is given up needs no explanation', async () => {
    const { stream, end, finish, calls } = stage();
    stream.destroy();
    end(new IpmiError('CLOSED', 'x'));
    finish();
    await expect.poll(() => stream.closed).toBe(true);
    expect(calls).toEqual(['release']);
  });
});
