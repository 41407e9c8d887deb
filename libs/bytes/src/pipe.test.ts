import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipe } from './index.ts';
import { duplexPair, trickle } from './testing/index.ts';

/** Not `for await`: that destroys a Duplex at its end, with whatever it still had to write. */
function readAll(stream: Duplex): Promise<Buffer> {
  const parts: Buffer[] = [];
  return new Promise((resolve) => {
    stream.on('data', (chunk) => parts.push(chunk));
    for (const event of ['end', 'close']) stream.once(event, () => resolve(Buffer.concat(parts)));
  });
}

/** client <-> (a pipe b) <-> server */
function rig(options: Parameters<typeof pipe>[2] = {}, n = 65_536) {
  const [client, a] = duplexPair();
  const [server, b] = duplexPair();
  return { client, server, a, b, relay: pipe(trickle(a, n), trickle(b, n), options) };
}

describe('pipe', () => {
  it('carries any bytes both ways unchanged, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })),
        fc.constantFrom(1, 3, 1000),
        async (up, down, n) => {
          const { client, server, relay } = rig({ halfClose: 'propagate' }, n);
          for (const c of up) client.write(c);
          for (const c of down) server.write(c);
          client.end();
          server.end();
          const [gotUp, gotDown] = await Promise.all([readAll(server), readAll(client)]);
          expect(gotUp).toEqual(Buffer.concat(up));
          expect(gotDown).toEqual(Buffer.concat(down));
          client.destroy();
          server.destroy();
          const result = await relay.done;
          expect(result.bytes).toEqual({ aToB: gotUp.length, bToA: gotDown.length });
          expect(result.why).toBe('end');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('flushes what the first side sent before it closes the other', async () => {
    const { client, server, relay } = rig();
    client.end(Buffer.alloc(300_000, 7));
    expect((await readAll(server)).length).toBe(300_000);
    expect(await relay.done).toMatchObject({
      endedFirst: 'a',
      why: 'end',
      bytes: { aToB: 300_000, bToA: 0 },
    });
  });

  it('stops reading from a fast side while the slow side does not read', async () => {
    const { client, relay } = rig();
    let accepted = 0;
    const chunk = Buffer.alloc(65_536);
    // Writes until the relay pushes back; without back-pressure this would take everything.
    for (let i = 0; i < 100; i++) {
      const taken = await Promise.race([
        new Promise<boolean>((resolve) => client.write(chunk, () => resolve(true))),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 100)),
      ]);
      if (!taken) break;
      accepted++;
    }
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(20);
    relay.stop();
    await relay.done;
  });

  it('names the side that hung up and closes the other', async () => {
    const { b, server, relay } = rig();
    b.destroy(new Error('reset'));
    expect(await relay.done).toMatchObject({ endedFirst: 'b', why: 'error', error: { message: 'reset' } });
    await readAll(server);
  });

  it('ends at once on abort', async () => {
    const controller = new AbortController();
    const { relay, client } = rig({ signal: controller.signal });
    controller.abort();
    expect(await relay.done).toMatchObject({ endedFirst: 'us', why: 'aborted' });
    await readAll(client);
  });

  it('applies the transform and treats its failure as the end', async () => {
    const { client, server, relay } = rig({
      transformAToB: (c) => {
        if (c.includes(0x21)) throw new Error('not allowed');
        return Buffer.from(String(c).toUpperCase());
      },
    });
    client.write('abc');
    const got = await new Promise((resolve) => server.once('data', resolve));
    expect(String(got)).toBe('ABC');
    client.write('!');
    expect(await relay.done).toMatchObject({
      endedFirst: 'a',
      why: 'error',
      error: { message: 'not allowed' },
    });
  });

  it('reports silence once and ends when the callback asks for it', async () => {
    let asked = 0;
    const { relay } = rig({ idleMs: 10, onIdle: () => ++asked > 0 });
    expect(await relay.done).toMatchObject({ endedFirst: 'us', why: 'idle' });
    expect(asked).toBe(1);
  });

  it('destroys both when the last bytes can not be flushed in time', async () => {
    const [client, a] = duplexPair();
    const stuck = new Duplex({ read() {}, write() {} });
    const relay = pipe(a, stuck, { flushTimeoutMs: 20 });
    client.end('last words');
    expect(await relay.done).toMatchObject({ endedFirst: 'a', why: 'end' });
    expect([a.destroyed, stuck.destroyed]).toEqual([true, true]);
  });

  it('leaves no stream open when it is disposed', async () => {
    const { a, b, relay } = rig();
    await relay[Symbol.asyncDispose]();
    expect([a.destroyed, b.destroyed]).toEqual([true, true]);
  });
});
