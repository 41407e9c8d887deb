import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { duplexPair } from '@consolemesh/bytes/testing';
import { describe, expect, it } from 'vitest';
import { createWebSocketLink } from '../websocket/websocket-link.ts';
import { dialTcp } from './dial-tcp.ts';
import type { Link } from './link.ts';
import { relay } from './relay.ts';
import { streamLink } from './stream-link.ts';

/** Both ends of a TCP connection. */
async function tcpPair(): Promise<{ near: Socket; far: Socket; port: number; next(): Promise<Socket> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const next = async () => (await once(server, 'connection'))[0] as Socket;
  const accepted = next();
  const near = dial(port, '127.0.0.1');
  return { near, far: await accepted, port, next };
}

const signal = new AbortController().signal;

/** A machine that sends for ever, as fast as it is read. */
function pour(socket: Socket): () => number {
  let sent = 0;
  const chunk = Buffer.alloc(64 * 1024, 1);
  const more = () => {
    while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
    sent += chunk.length;
  };
  socket.on('drain', more);
  socket.on('error', () => {});
  more();
  return () => sent;
}

/** Resolves when `value` has stood still for a while. */
async function settled(value: () => number): Promise<number> {
  let before = -1;
  while (before !== value()) {
    before = value();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return before;
}

describe('a relay', () => {
  it('does not grow when the browser does not read: one chunk waits here, the rest at the machine', async () => {
    const browser = await tcpPair();
    const machine = await tcpPair();
    const reached = machine.next();
    const upstream = await dialTcp({ host: '127.0.0.1', port: machine.port, signal });
    const far = await reached;
    const limits = { maxBinaryFrame: 1_000_000, maxText: 1_000 };
    const client = createWebSocketLink(browser.far, Buffer.alloc(0), limits);
    browser.near.pause();
    const traffic = { toClient: 0, fromClient: 0 };
    relay(client, upstream, { traffic });
    const sent = pour(far);
    await settled(() => traffic.toClient);
    expect(client.pending).toBeLessThanOrEqual(64 * 1024 + 10);
    expect(client.pending).toBeGreaterThan(0);
    const stopped = sent();
    // It goes on where it stopped as soon as the browser reads.
    browser.near.resume();
    while (sent() < stopped + 10_000_000) await new Promise((resolve) => setTimeout(resolve, 10));
    client.destroy();
    upstream.destroy();
  });

  it('does not grow when the machine does not read', async () => {
    const browser = await tcpPair();
    const machine = await tcpPair();
    const reached = machine.next();
    const upstream = await dialTcp({ host: '127.0.0.1', port: machine.port, signal });
    const far = await reached;
    far.pause();
    const client = streamLink(browser.far);
    const traffic = { toClient: 0, fromClient: 0 };
    relay(client, upstream, { traffic });
    const sent = pour(browser.near);
    await settled(sent);
    expect(upstream.pending).toBeGreaterThan(0);
    expect(upstream.pending).toBeLessThanOrEqual(256 * 1024 + 64 * 1024);
    client.destroy();
    upstream.destroy();
  });

  it('hands over every byte in order while both sides stop and go', async () => {
    const browser = await tcpPair();
    const machine = await tcpPair();
    const reached = machine.next();
    const upstream = await dialTcp({ host: '127.0.0.1', port: machine.port, signal });
    const far = await reached;
    const client = streamLink(browser.far);
    relay(client, upstream, { traffic: { toClient: 0, fromClient: 0 } });
    const total = 24 * 1024 * 1024;
    const sent = Buffer.alloc(total);
    for (let i = 0; i < total; i += 4) sent.writeUInt32LE(i, i);
    far.write(sent);
    const parts: Buffer[] = [];
    let length = 0;
    let stops = 0;
    for await (const part of browser.near) {
      parts.push(part as Buffer);
      length += (part as Buffer).length;
      if (length >= total) break;
      // Reading stops now and then, so that writes come to wait and the read memory changes hands.
      if (length > stops * 3_000_000) {
        stops += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    expect(Buffer.concat(parts).equals(sent)).toBe(true);
    client.destroy();
    upstream.destroy();
  });

  it('makes the rest of a rewriting only when the client can take it', async () => {
    const [near, far] = duplexPair();
    const machine = fakeLink();
    const client = streamLink(far);
    let made = 0;
    relay(client, machine, {
      traffic: { toClient: 0, fromClient: 0 },
      *toClient() {
        for (; made < 100; made++) yield Buffer.alloc(64 * 1024, made);
      },
    });
    expect(machine.give(Buffer.from('picture'))).toBe(false);
    expect(made).toBeLessThan(10);
    let length = 0;
    for await (const part of near) {
      length += (part as Buffer).length;
      if (length >= 100 * 64 * 1024) break;
    }
    expect(machine.resumed).toBe(1);
  });

  it('tells which side broke a rule', () => {
    const machine = fakeLink();
    const client = fakeLink();
    const sides: string[] = [];
    const refuse = () => {
      throw new Error('no');
    };
    relay(client, machine, {
      traffic: { toClient: 0, fromClient: 0 },
      fromClient: refuse,
      toClient: refuse,
      onRefused: (_error, side) => sides.push(side),
    });
    client.give(Buffer.from('a'));
    machine.give(Buffer.from('b'));
    expect(sides).toEqual(['client', 'machine']);
  });
});

/** A link that delivers what a test gives and takes everything. */
function fakeLink(): Link & { give(chunk: Buffer): boolean; readonly resumed: number } {
  let receive: Parameters<Link['relay']>[0] = () => true;
  let resumed = 0;
  const [stream] = duplexPair();
  return {
    stream,
    relay: (to) => {
      receive = to;
    },
    resume: () => {
      resumed += 1;
    },
    write: () => true,
    onWritten: () => {},
    onOver: () => {},
    pending: 0,
    destroy: () => {},
    give: (chunk) => receive(chunk, 0),
    get resumed() {
      return resumed;
    },
  };
}
