import { connect as connectTcp } from 'node:net';
import { ProxyServiceDefinition } from '@consolemesh/contracts/proxy';
import { MeshError } from '@consolemesh/errors';
import { connect, plaintext, toDuration } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { sentence } from './speech.ts';
import { startBench } from './testing.ts';

describe('a client of nova-serialproxy', () => {
  it.each([
    ['', []],
    ['', ['binary', 'base64']],
    ['websockify', ['binary']],
  ])('at /%s with the sub-protocols %j gets the bytes at once', async (path, protocols) => {
    await using bench = await startBench();
    const client = await bench.plain(`${path}?token=${bench.issue()}`, protocols);
    expect(client.socket.protocol).toBe(protocols.length > 0 ? 'binary' : '');
    const line = await bench.holder.next();
    line.say('login: ');
    expect((await client.bytes(7)).toString()).toBe('login: ');
  });

  it('types in binary and in text frames, in the order of its keys', async () => {
    await using bench = await startBench();
    const client = await bench.plain(`?token=${bench.issue()}`);
    const line = await bench.holder.next();
    client.sendBytes(Buffer.from('a'));
    client.socket.send('b\u00e4');
    client.sendBytes(Buffer.from('c'));
    expect((await line.typed(5)).toString()).toBe('ab\u00e4c');
  });

  it('that only offers base64 is turned away', async () => {
    await using bench = await startBench();
    await expect(bench.plain(`?token=${bench.issue()}`, ['base64'])).rejects.toThrow('400');
  });

  it('reads a line of words when it is not let in, and the reason with the close', async () => {
    await using bench = await startBench();
    const error = new MeshError('TOKEN_EXPIRED');
    const client = await bench.plain(`?token=${bench.issue({ error })}`);
    const words = sentence(error.message);
    expect((await client.bytes(words.length)).equals(words)).toBe(true);
    expect((await client.closed).reason).toBe('TOKEN_EXPIRED');
  });

  it('reads a line of words when the machine is lost, back, or gone for good', async () => {
    await using bench = await startBench();
    const client = await bench.plain(`?token=${bench.issue()}`);
    const line = await bench.holder.next();
    const lost = 'The BMC does not answer.\x1b[2J';
    line.tell({ $case: 'upstreamLost', value: { reason: 'BMC_TIMEOUT', message: lost } });
    line.tell({ $case: 'upstreamRestored', value: {} });
    line.close('CONSOLE_DISABLED', 'Off it goes.');
    const expected = [
      '\r\n[consolemesh] The BMC does not answer. [2J\r\n',
      '\r\n[consolemesh] The connection to the machine is back.\r\n',
      '\r\n[consolemesh] Off it goes.\r\n',
    ].join('');
    expect((await client.bytes(expected.length)).toString()).toBe(expected);
    expect((await client.closed).reason).toBe('CONSOLE_DISABLED');
  });
});

describe('an exposed listener', () => {
  it('carries a line to an allowed source, and says in words why it ends', async () => {
    await using bench = await startBench();
    using control = connect(bench.proxy.target, { trust: plaintext });
    const { port } = await control.client(ProxyServiceDefinition).expose({
      token: bench.issue(),
      allowedSources: ['127.0.0.1'],
      ttl: toDuration(60_000),
    });
    const socket = connectTcp(port, '127.0.0.1');
    const line = await bench.holder.next();
    socket.write('ls\r');
    expect((await line.typed(3)).toString()).toBe('ls\r');
    line.say('bin');
    line.close('', '');
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString()).toMatch(/^bin\r\n\[consolemesh\] .+\r\n$/);
  });
});
