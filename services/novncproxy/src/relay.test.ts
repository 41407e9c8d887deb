import {
  type AttachResponse,
  StreamServiceDefinition,
  type StreamServiceImplementation,
} from '@consolemesh/contracts/stream';
import { RfbPath, Role } from '@consolemesh/contracts/types';
import { bind, plaintext, serve, silentLogger } from '@consolemesh/mesh';
import { describe, expect, it } from 'vitest';
import { keyEvent, read, serverInit, shakeHands, startBench, startMachine } from './testing.ts';

/** A holder that speaks RFB 3.8 with None, as stream.v1 asks, and records what it is sent. */
async function startHolder(ticket: string) {
  const sent: Buffer[] = [];
  const roles: Role[] = [];
  const data = (value: Buffer): AttachResponse => ({ frame: { $case: 'data', value } });
  const attach: StreamServiceImplementation['attach'] = async function* (requests) {
    const frames = requests[Symbol.asyncIterator]();
    let rest = Buffer.alloc(0);
    const take = async (count: number): Promise<Buffer> => {
      while (rest.length < count) {
        const { value, done } = await frames.next();
        if (done) throw new Error('the proxy hung up');
        if (value.frame?.$case === 'data') rest = Buffer.concat([rest, value.frame.value]);
      }
      const head = rest.subarray(0, count);
      rest = rest.subarray(count);
      return head;
    };
    const first = (await frames.next()).value?.frame;
    if (first?.$case !== 'open' || first.value.ticket.toString() !== ticket) {
      yield closing('TICKET_INVALID');
      return;
    }
    roles.push(first.value.role);
    const { role } = first.value;
    yield {
      frame: {
        $case: 'event',
        value: { event: { $case: 'opened', value: { sessionId: 's', role, viewers: [] } } },
      },
    };
    yield data(Buffer.from('RFB 003.008\n'));
    await take(12);
    yield data(Buffer.from([1, 1]));
    await take(1);
    yield data(Buffer.alloc(4));
    await take(1);
    yield data(serverInit);
    sent.push(await take(8));
    yield data(Buffer.alloc(100_000, 6));
    yield closing('BMC_BUSY', 'Somebody at the rack took the console.');
  };
  const server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    services: [bind(StreamServiceDefinition, { attach })],
    drainMs: 100,
  });
  return { target: server.target, sent, roles, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const closing = (reason: string, message = ''): AttachResponse => ({
  frame: { $case: 'event', value: { event: { $case: 'closing', value: { reason, message } } } },
});

describe('a console behind a relay', () => {
  it('is opened with the ticket and carried like any other; the holder says why it ends', async () => {
    await using holder = await startHolder('ticket');
    await using bench = await startBench();
    bench.conductor.endpoint = {
      audience: 1,
      transport: { $case: 'relay', value: { target: holder.target, unverifiedTls: false } },
      maxSessions: 1,
      rfb: undefined,
    };
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    expect(await page.message()).toMatchObject({ type: 'opened' });
    await shakeHands(page);
    page.sendBytes(keyEvent(0x61));
    expect((await page.bytes(100_000)).every((byte) => byte === 6)).toBe(true);
    expect(await page.message()).toMatchObject({
      type: 'closing',
      reason: 'BMC_BUSY',
      message: 'Somebody at the rack took the console.',
    });
    expect(holder.sent).toEqual([keyEvent(0x61)]);
    expect(holder.roles).toEqual([Role.CONTROL]);
  });

  it('is not opened with a ticket that the holder refuses', async () => {
    await using holder = await startHolder('another ticket');
    await using bench = await startBench();
    bench.conductor.endpoint = {
      audience: 1,
      transport: { $case: 'relay', value: { target: holder.target, unverifiedTls: false } },
      maxSessions: 1,
      rfb: undefined,
    };
    const page = await bench.page();
    page.send({ type: 'open', token: bench.tokens.issue() });
    await page.message();
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'TICKET_INVALID' });
  });
});

describe('the profile of an endpoint', () => {
  it('is kept: a forbidden encoding is not asked for', async () => {
    await using machine = await startMachine();
    await using bench = await startBench({ machine });
    bench.conductor.endpoint = {
      ...machine.endpoint,
      rfb: {
        allowedEncodings: [],
        forbiddenEncodings: [7],
        forcedPixelFormat: Buffer.alloc(0),
        forceShared: true,
        maxClientMessageBytes: 0,
        path: RfbPath.SPLICE,
        allowedSecurityTypes: [1],
      },
    };
    const { page, server } = await bench.opened();
    // SetEncodings: Tight (7), Hextile (5).
    page.sendBytes(Buffer.from([2, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 5]));
    expect((await read(server, 8)).toString('hex')).toBe('0200000100000005');
  });
});
