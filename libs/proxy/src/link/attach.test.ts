import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import {
  type AttachRequest,
  type AttachResponse,
  StreamServiceDefinition,
  type StreamServiceImplementation,
} from '@consolemesh/contracts/stream';
import { Role } from '@consolemesh/contracts/types';
import { bind, connect, plaintext, serve, silentLogger } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { attach } from './attach.ts';

type Attach = StreamServiceImplementation['attach'];

/** A holder whose Attach is `serveStream`, and a stream attached to it. */
async function attached(serveStream: Attach) {
  const server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    services: [bind(StreamServiceDefinition, { attach: serveStream })],
    drainMs: 100,
  });
  const holder = connect(server.target, { trust: plaintext });
  const attachWhole = (signal = new AbortController().signal) =>
    attach({
      ...{ holder, ticket: Buffer.from('ticket'), role: Role.CONTROL, signal },
      size: { columns: 100, rows: 30 },
    });
  return {
    attachWhole,
    attach: async (signal?: AbortSignal) => (await attachWhole(signal)).stream,
    async [Symbol.asyncDispose]() {
      holder[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const opened: AttachResponse = {
  frame: {
    $case: 'event',
    value: { event: { $case: 'opened', value: { sessionId: 's', role: Role.CONTROL, viewers: [] } } },
  },
};
const data = (value: Buffer): AttachResponse => ({ frame: { $case: 'data', value } });
const closing = (reason: string, message = ''): AttachResponse => ({
  frame: { $case: 'event', value: { event: { $case: 'closing', value: { reason, message } } } },
});

async function readAll(stream: Duplex): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe('a stream by Attach', () => {
  it('shows its ticket first, then carries bytes both ways in frames of at most 64 KiB', async () => {
    const seen: NonNullable<AttachRequest['frame']>[] = [];
    await using holder = await attached(async function* (requests) {
      yield opened;
      for await (const { frame } of requests) {
        if (frame) seen.push(frame);
        if (frame?.$case === 'data') yield data(frame.value);
      }
    });
    const stream = await holder.attach();
    const sent = Buffer.alloc(150_000, 5);
    stream.end(sent);
    expect((await readAll(stream)).equals(sent)).toBe(true);
    expect(seen[0]).toMatchObject({ $case: 'open', value: { role: Role.CONTROL } });
    expect(seen.slice(1).map((frame) => (frame.$case === 'data' ? frame.value.length : -1))).toEqual([
      65_536, 65_536, 18_928,
    ]);
  });

  it('tells who is there, passes on what the holder says, and what came before anybody listened first', async () => {
    const lost = { $case: 'upstreamLost' as const, value: { reason: 'BMC_TIMEOUT', message: 'No answer.' } };
    const restored = { $case: 'upstreamRestored' as const, value: {} };
    const viewer = { sessionId: 's', subject: 'alice', role: Role.CONTROL, hasPen: true };
    await using holder = await attached(async function* (requests) {
      yield {
        frame: {
          $case: 'event',
          value: {
            event: { $case: 'opened', value: { sessionId: 's', role: Role.CONTROL, viewers: [viewer] } },
          },
        },
      } as AttachResponse;
      yield { frame: { $case: 'event', value: { event: lost } } };
      yield data(Buffer.from('bytes'));
      for await (const { frame } of requests) if (frame?.$case === 'data') break;
      yield { frame: { $case: 'event', value: { event: restored } } };
      yield closing('');
    });
    const { stream, opened, listen } = await holder.attachWhole();
    expect(opened.viewers).toEqual([viewer]);
    await once(stream, 'readable');
    const heard: unknown[] = [];
    listen((notice) => heard.push(notice));
    expect(heard).toEqual([lost]);
    stream.write('go on');
    expect((await readAll(stream)).toString()).toBe('bytes');
    expect(heard).toEqual([lost, restored]);
  });

  it('keeps a wish at its place among the bytes, also while those wait', async () => {
    const seen: string[] = [];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    await using holder = await attached(async function* (requests) {
      yield opened;
      await begun;
      for await (const { frame } of requests) {
        if (frame?.$case === 'open') seen.push(`${frame.value.size?.columns}x${frame.value.size?.rows}`);
        if (frame?.$case === 'data') seen.push(frame.value.toString());
        if (frame?.$case === 'control') seen.push(frame.value.control?.$case ?? '');
      }
    });
    const { stream, control } = await holder.attachWhole();
    stream.write('a');
    stream.write('b');
    control({ $case: 'break', value: {} });
    stream.write('c');
    control({ $case: 'resize', value: { columns: 80, rows: 24 } });
    stream.end();
    begin();
    await readAll(stream);
    expect(seen).toEqual(['100x30', 'a', 'b', 'break', 'c', 'resize']);
    control({ $case: 'break', value: {} });
  });

  it('ignores events that it does not need', async () => {
    await using holder = await attached(async function* () {
      yield opened;
      yield { frame: { $case: 'event', value: { event: { $case: 'upstreamRestored', value: {} } } } };
      yield { frame: undefined };
      yield data(Buffer.from('bytes'));
    });
    expect((await readAll(await holder.attach())).toString()).toBe('bytes');
  });

  it('fails with the reason of the holder, before and after it stands', async () => {
    await using early = await attached(async function* () {
      yield closing('BMC_BUSY', 'Four sessions are open.');
    });
    await expect(early.attach()).rejects.toMatchObject({
      reason: 'BMC_BUSY',
      message: 'Four sessions are open.',
    });
    await using late = await attached(async function* () {
      yield opened;
      yield closing('BMC_LOCKED_OUT');
    });
    await expect(readAll(await late.attach())).rejects.toMatchObject({ reason: 'BMC_LOCKED_OUT' });
    await using strange = await attached(async function* () {
      yield opened;
      yield closing('SOMETHING_NEW', 'Words.');
    });
    await expect(readAll(await strange.attach())).rejects.toMatchObject({
      reason: 'UPSTREAM_LOST',
      message: 'Words.',
    });
  });

  it('ends in order when the machine hung up', async () => {
    await using holder = await attached(async function* () {
      yield opened;
      yield data(Buffer.from('last'));
      yield closing('UPSTREAM_CLOSED');
    });
    expect((await readAll(await holder.attach())).toString()).toBe('last');
  });

  it('is not taken from a holder that sends data first', async () => {
    await using holder = await attached(async function* () {
      yield data(Buffer.from('x'));
    });
    await expect(holder.attach()).rejects.toMatchObject({ reason: 'PLUGIN_ANSWER_INVALID' });
  });

  it('is read no faster than it is wanted', async () => {
    let sent = 0;
    await using holder = await attached(async function* () {
      yield opened;
      for (; sent < 2_000; sent++) yield data(Buffer.alloc(64 * 1024));
    });
    const stream = await holder.attach();
    await once(stream, 'readable');
    // Nothing is read: the holder stops within the windows of HTTP/2 (1 MiB) and both buffers.
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(sent * 64 * 1024).toBeLessThan(8 * 1024 * 1024);
    stream.destroy();
  });

  it('ends the call when it is destroyed', async () => {
    let aborted: (() => void) | undefined;
    const over = new Promise<void>((resolve) => {
      aborted = resolve;
    });
    await using holder = await attached(async function* (_requests, { signal }) {
      signal.addEventListener('abort', () => aborted?.());
      yield opened;
      await over;
    });
    (await holder.attach()).destroy();
    await over;
  });

  it('is given up when its opening takes too long', async () => {
    await using holder = await attached(async function* (_requests, { signal }) {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield opened;
    });
    const limit = new AbortController();
    const attempt = holder.attach(limit.signal);
    setImmediate(() => limit.abort());
    await expect(attempt).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});
