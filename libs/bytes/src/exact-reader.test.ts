import { once } from 'node:events';
import { createServer, connect as netConnect } from 'node:net';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { TLSSocket, connect as tlsConnect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactReader, ReadAborted, ReadLimitExceeded, UnexpectedEnd } from './index.ts';
import { duplexPair, trickle } from './testing/index.ts';
import { selfSigned } from './testing/self-signed.ts';

const bytes = (n: number) => Buffer.from(Array.from({ length: n }, (_, i) => i & 0xff));

async function readAll(stream: Duplex): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of stream) parts.push(chunk as Buffer);
  return Buffer.concat(parts);
}

describe('ExactReader', () => {
  it.each([1, 2, 5, 64])('reads fields and hands the rest back when delivery is %i bytes', async (n) => {
    const [ours, theirs] = duplexPair();
    const stream = trickle(ours, n);
    theirs.end(bytes(40));
    const reader = ExactReader.from(stream);
    expect(await reader.readU8()).toBe(0);
    expect(await reader.readU16()).toBe(0x0102);
    expect(await reader.readU32()).toBe(0x03040506);
    expect(await reader.read(5)).toEqual(bytes(12).subarray(7));
    expect(reader.bytesRead).toBe(12);
    reader.release();
    expect(await readAll(stream)).toEqual(bytes(40).subarray(12));
  });

  it('returns any sequence of reads unchanged, however the bytes were cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(30), { maxLength: 10 }),
        async (chunks, reads) => {
          const all = Buffer.concat(chunks);
          const stream = Readable.from(
            chunks.map((c) => Buffer.from(c)),
            { objectMode: false },
          );
          const reader = ExactReader.from(stream);
          let at = 0;
          for (const n of reads) {
            if (at + n > all.length) break;
            expect(await reader.read(n)).toEqual(all.subarray(at, at + n));
            at += n;
          }
          reader.release();
          expect(await readAll(stream as unknown as Duplex)).toEqual(all.subarray(at));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads more than the stream buffers at a time', async () => {
    const [ours, theirs] = duplexPair({ highWaterMark: 64 });
    const payload = bytes(10_000);
    for (let i = 0; i < payload.length; i += 50) theirs.write(payload.subarray(i, i + 50));
    expect(await ExactReader.from(ours).read(10_000)).toEqual(payload);
  });

  it('says how much was missing when the peer ends early', async () => {
    const [ours, theirs] = duplexPair();
    theirs.end(bytes(3));
    const failed = await ExactReader.from(ours)
      .read(8)
      .catch((e) => e);
    expect(failed).toBeInstanceOf(UnexpectedEnd);
    expect(failed).toMatchObject({ wanted: 8, received: bytes(3) });
  });

  it('reports a stream error between two reads at the next read', async () => {
    const [ours] = duplexPair();
    const reader = ExactReader.from(ours);
    const closed = new Promise((resolve) => ours.once('close', resolve));
    ours.destroy(new Error('reset by peer'));
    await closed;
    await expect(reader.read(1)).rejects.toThrow(/after 0 of 1 bytes \(reset by peer\)/);
  });

  it('refuses a read beyond its bound without touching the stream', async () => {
    const [ours, theirs] = duplexPair();
    theirs.end(bytes(4));
    const reader = ExactReader.from(ours, { maxBuffered: 16 });
    await expect(reader.read(17)).rejects.toBeInstanceOf(ReadLimitExceeded);
    expect(await reader.read(4)).toEqual(bytes(4));
  });

  it('gives up on abort and puts back what had arrived', async () => {
    const [ours, theirs] = duplexPair();
    const controller = new AbortController();
    const reader = ExactReader.from(ours, { signal: controller.signal });
    theirs.write(bytes(3));
    await once(ours, 'readable');
    const pending = reader.read(8);
    controller.abort(new Error('too slow'));
    await expect(pending).rejects.toMatchObject({ name: 'ReadAborted', received: bytes(3) });
    await expect(reader.read(1)).rejects.toBeInstanceOf(ReadAborted);
    reader.release();
    expect(ours.read()).toEqual(bytes(3));
  });

  it('honours a deadline given to one read', async () => {
    const [ours] = duplexPair();
    const reader = ExactReader.from(ours);
    await expect(reader.read(1, { signal: AbortSignal.abort('now') })).rejects.toBeInstanceOf(ReadAborted);
  });

  it('refuses a second read while one is waiting', async () => {
    const [ours, theirs] = duplexPair();
    const reader = ExactReader.from(ours);
    const first = reader.read(1);
    await expect(reader.read(1)).rejects.toThrow(/another read/);
    theirs.write('x');
    expect((await first).toString()).toBe('x');
  });

  it.each(['socket', 'one byte at a time'])('lets TLS follow on a %s after release', async (kind) => {
    const { key, cert } = selfSigned();
    const server = createServer(async (socket) => {
      const reader = ExactReader.from(socket);
      expect((await reader.read(5)).toString()).toBe('HELLO');
      socket.write('READY');
      reader.release();
      const tls = new TLSSocket(socket, { isServer: true, key, cert });
      tls.on('data', (d) => tls.end(d));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = netConnect((server.address() as { port: number }).port, '127.0.0.1');
    const stream = kind === 'socket' ? socket : trickle(socket, 1);
    const reader = ExactReader.from(stream);
    stream.write('HELLO');
    expect((await reader.read(5)).toString()).toBe('READY');
    reader.release();
    const tls = tlsConnect({ socket: stream as never, ca: cert, checkServerIdentity: () => undefined });
    await once(tls, 'secureConnect');
    tls.write('over tls');
    expect((await readAll(tls)).toString()).toBe('over tls');
    server.close();
  });

  it('hands leftovers of a pipelining client to the TLS server that follows', async () => {
    const { key, cert } = selfSigned();
    const [clientEnd, serverEnd] = duplexPair();
    clientEnd.write('HELLO');
    const tls = tlsConnect({ socket: clientEnd as never, ca: cert, checkServerIdentity: () => undefined });
    tls.write('early');
    // Waits until HELLO and ClientHello sit in one buffer.
    while (serverEnd.readableLength < 50) await new Promise((resolve) => setImmediate(resolve));
    const reader = ExactReader.from(serverEnd);
    expect((await reader.read(5)).toString()).toBe('HELLO');
    reader.release();
    const over = new TLSSocket(serverEnd as never, { isServer: true, key, cert });
    const [got] = await once(over, 'data');
    expect(String(got)).toBe('early');
    tls.destroy();
    over.destroy();
  });
});
