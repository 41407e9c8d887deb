import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AttachRequest } from '@consolemesh/contracts/stream';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { attachClient, attachWith, requestScreen, rfbHandshake } from './attach-client.ts';
import { applies, type Case } from './case.ts';
import type { Environment } from './environment.ts';
import { expectFailure } from './expect-failure.ts';
import { retry } from './retry.ts';

/** A console that was started with RELAY, of a driver or of a provider. */
export interface RelaySubject {
  readonly maxSessions: number;
  /** A ticket with the right key. */
  ticket(fields?: {
    role?: 'control' | 'view';
    sessionId?: string;
    expiresAt?: number;
    generation?: bigint;
  }): Buffer;
  /** A ticket with a wrong key. */
  forged(): Buffer;
  /** Ends the console. */
  stop(): Promise<unknown>;
}

/** What these cases need: the means to start a console behind a relay. */
export interface RelayEnv extends Environment {
  readonly target: string;
  /** Kinds that can be had with RELAY. */
  readonly relayKinds: readonly ConsoleKind[];
  /** `dying`: its streams break by themselves. Undefined when the subject cannot do that. */
  startRelay(kind: ConsoleKind, options?: { dying?: boolean }): Promise<RelaySubject | undefined>;
  /** Target of an instance that does not hold the console. */
  anotherTarget(): string | undefined;
  /** What a serial line says after a break. */
  readonly breakEcho?: string | undefined;
  /** Whether a serial line sends back megabytes within seconds. */
  readonly fastLine?: boolean | undefined;
}

/** stream.v1 Attach, the same for whoever serves it. */
export const attachCases: Case<RelayEnv>[] = [
  {
    title: 'ATTACH-1 the first notice is opened: the session, its role and everybody who is attached',
    async run(env) {
      const relay = await startAny(env);
      const sessionId = randomUUID();
      await using client = attachClient(env.stream(env.target), {
        ticket: relay.ticket({ sessionId }),
        role: Role.CONTROL,
      });
      const opened = await client.event('opened');
      assert.equal(client.events[0], 'opened');
      assert.equal(opened.sessionId, sessionId);
      assert.equal(opened.role, Role.CONTROL);
      assert.deepEqual(
        opened.viewers.map((viewer) => [viewer.sessionId, viewer.subject]),
        [[sessionId, 'conformance']],
      );
    },
  },
  {
    title: 'ATTACH-2 a graphical stream is a complete RFB 3.8 connection with security None',
    async run(env) {
      const relay = await start(env, ConsoleKind.GRAPHICAL);
      await using client = attachClient(env.stream(env.target), { ticket: relay.ticket() });
      const init = await rfbHandshake(client);
      assert(init.width > 0 && init.height > 0);
      await requestScreen(client, init);
    },
  },
  {
    title: 'ATTACH-2 the handshake stands any cutting of its bytes',
    async run(env) {
      const relay = await start(env, ConsoleKind.GRAPHICAL);
      await using client = attachClient(env.stream(env.target), { ticket: relay.ticket() });
      await client.read(12);
      for (const byte of Buffer.from('RFB 003.008\n')) client.send(Buffer.of(byte));
      client.send(Buffer.alloc(0));
      await client.read((await client.read(1)).readUInt8(0));
      client.send(Buffer.of(1));
      assert.equal((await client.read(4)).readUInt32BE(0), 0);
      // ClientInit and the first message together.
      client.send(Buffer.from([1, 3, 0, 0, 0, 0, 0, 0, 16, 0, 16]));
      const init = await client.read(24);
      await client.read(init.readUInt32BE(20));
      assert.equal((await client.read(1)).readUInt8(0), 0, 'expected FramebufferUpdate');
    },
  },
  {
    title: 'ATTACH-3 a serial stream is the bytes of the line, both ways',
    async run(env) {
      const relay = await start(env, ConsoleKind.SERIAL);
      await using client = attachClient(env.stream(env.target), {
        ticket: relay.ticket(),
        size: { columns: 80, rows: 25 },
      });
      await client.event('opened');
      const text = `hello ${randomUUID()}`;
      client.send(Buffer.from(text));
      await client.readUntil(text);
    },
  },
  {
    title: 'ATTACH-4 a ticket is good once',
    async run(env) {
      const relay = await startAny(env);
      const ticket = relay.ticket();
      await using first = attachClient(env.stream(env.target), { ticket });
      await first.event('opened');
      await using second = attachClient(env.stream(env.target), { ticket });
      await expectFailure(second.ended, 'TICKET_INVALID');
    },
  },
  {
    title: 'ATTACH-5 a ticket that is forged, too old or no ticket at all is refused with TICKET_INVALID',
    async run(env) {
      const relay = await startAny(env);
      const changed = relay.ticket();
      changed[changed.length - 1]! ^= 1;
      const bad = [
        relay.forged(),
        changed,
        relay.ticket({ expiresAt: Date.now() - 120_000 }),
        Buffer.alloc(0),
        Buffer.from('no ticket'),
        Buffer.alloc(5000, 1),
      ];
      for (const ticket of bad) {
        await using client = attachClient(env.stream(env.target), { ticket });
        await expectFailure(client.ended, 'TICKET_INVALID');
      }
    },
  },
  {
    title:
      'ATTACH-6 an instance that does not hold the console says NOT_HELD; an older generation is STALE_GENERATION',
    async run(env) {
      const relay = await startAny(env);
      await using older = attachClient(env.stream(env.target), { ticket: relay.ticket({ generation: 0n }) });
      await expectFailure(older.ended, 'STALE_GENERATION');
      await using newer = attachClient(env.stream(env.target), { ticket: relay.ticket({ generation: 99n }) });
      await expectFailure(newer.ended, 'NOT_HELD');
      const other = env.anotherTarget();
      if (other) {
        await using elsewhere = attachClient(env.stream(other), { ticket: relay.ticket() });
        await expectFailure(elsewhere.ended, 'NOT_HELD');
      }
      await relay.stop();
      await using gone = attachClient(env.stream(env.target), { ticket: relay.ticket() });
      await expectFailure(gone.ended, 'NOT_HELD');
    },
  },
  {
    title:
      'ATTACH-7 a stream that does not begin with open is refused with PROTOCOL_VIOLATION, and so is a second open',
    async run(env) {
      const relay = await startAny(env);
      await using client = attachWith(env.stream(env.target), {
        frame: { $case: 'data', value: Buffer.from('x') },
      });
      await expectFailure(client.ended, 'PROTOCOL_VIOLATION');
      const open: AttachRequest = {
        frame: { $case: 'open', value: { ticket: relay.ticket(), role: 0, size: undefined } },
      };
      const twice = {
        attach: (requests: AsyncIterable<AttachRequest>, options: object) =>
          env.stream(env.target).attach(twoOpens(requests, open), options),
      };
      await using second = attachWith(twice as never, open);
      assert.equal((await second.event('closing')).reason, 'PROTOCOL_VIOLATION');
    },
  },
  {
    title: 'ATTACH-8 a data frame of more than 64 KiB ends the stream with MESSAGE_TOO_LARGE',
    async run(env) {
      const relay = await startAny(env);
      await using client = attachClient(env.stream(env.target), { ticket: relay.ticket() });
      await client.event('opened');
      client.send(Buffer.alloc(64 * 1024 + 1, 0x20));
      assert.equal((await client.event('closing')).reason, 'MESSAGE_TOO_LARGE');
      assert(client.largestFrame() <= 64 * 1024);
    },
  },
  {
    title:
      'ATTACH-9 more clients than max_sessions are refused with CONSOLE_IN_USE; when one has left, the next may come',
    async run(env) {
      const relay = await startAny(env);
      const ids = Array.from({ length: relay.maxSessions }, () => randomUUID());
      const clients = ids.map((sessionId) =>
        attachClient(env.stream(env.target), { ticket: relay.ticket({ sessionId }) }),
      );
      for (const client of clients) await client.event('opened');
      await using late = attachClient(env.stream(env.target), { ticket: relay.ticket() });
      await expectFailure(late.ended, 'CONSOLE_IN_USE');
      const [leaver, ...others] = clients;
      await leaver![Symbol.asyncDispose]();
      if (others[0]) assert.equal((await others[0].event('left')).sessionId, ids[0]);
      // A place is free a moment after its client has left.
      await retry(async () => {
        await using next = attachClient(env.stream(env.target), { ticket: relay.ticket() });
        await next.event('opened');
      });
      for (const client of others) await client[Symbol.asyncDispose]();
    },
  },
  {
    title: 'ATTACH-10 a ticket for looking gives no control, and a viewer types nothing',
    async run(env) {
      const relay = await startAny(env);
      const ticket = relay.ticket({ role: 'view' });
      await using greedy = attachClient(env.stream(env.target), { ticket, role: Role.CONTROL });
      await expectFailure(greedy.ended, 'PERMISSION_DENIED');
      await using client = attachClient(env.stream(env.target), { ticket: relay.ticket({ role: 'view' }) });
      assert.equal((await client.event('opened')).role, Role.VIEW);
    },
  },
  {
    title: 'ATTACH-10 what a viewer types on a serial line does not reach it',
    async run(env) {
      const relay = await start(env, ConsoleKind.SERIAL);
      applies(relay.maxSessions > 1, 'one client at a time');
      await using writer = attachClient(env.stream(env.target), { ticket: relay.ticket() });
      await writer.event('opened');
      await using viewer = attachClient(env.stream(env.target), { ticket: relay.ticket({ role: 'view' }) });
      await viewer.event('opened');
      viewer.send(Buffer.from('from the viewer'));
      viewer.control({ $case: 'break', value: {} });
      writer.send(Buffer.from('from the writer'));
      const seen = await viewer.readUntil('from the writer');
      assert(!seen.includes('from the viewer'));
    },
  },
  {
    title: 'ATTACH-11 controls that are of no use here are ignored',
    async run(env) {
      const relay = await startAny(env);
      await using client = attachClient(env.stream(env.target), { ticket: relay.ticket() });
      await client.event('opened');
      client.control({ $case: 'askPen', value: {} });
      client.control({ $case: 'resize', value: { columns: 0, rows: 70_000 } });
      client.control({ $case: 'resize', value: { columns: 132, rows: 43 } });
      client.control({ $case: 'givePen', value: { sessionId: 'nobody' } });
      client.control({ $case: 'break', value: {} });
      await relay.stop();
      assert.equal((await client.event('closing')).reason, 'CONSOLE_DISABLED');
    },
  },
  {
    title: 'ATTACH-12 a session that attaches again takes the place of its older stream',
    async run(env) {
      const relay = await startAny(env);
      const sessionId = randomUUID();
      await using older = attachClient(env.stream(env.target), { ticket: relay.ticket({ sessionId }) });
      await older.event('opened');
      await using newer = attachClient(env.stream(env.target), { ticket: relay.ticket({ sessionId }) });
      assert.equal((await newer.event('opened')).viewers.length, 1);
      assert.equal((await older.event('closing')).reason, 'CLIENT_LOST');
    },
  },
  {
    title:
      'ATTACH-13 when the console is stopped its streams end; closing is their last notice and says CONSOLE_DISABLED',
    async run(env) {
      for (const kind of env.relayKinds) {
        const relay = await start(env, kind);
        await using client = attachClient(env.stream(env.target), { ticket: relay.ticket() });
        await client.event('opened');
        await relay.stop();
        assert.equal((await client.event('closing')).reason, 'CONSOLE_DISABLED');
        await client.ended;
        assert.equal(client.events.at(-1), 'closing');
      }
    },
  },
  {
    title:
      'ATTACH-14 when the machine breaks the connection the stream ends with UPSTREAM_CLOSED or UPSTREAM_LOST',
    async run(env) {
      for (const kind of env.relayKinds) {
        const relay = await env.startRelay(kind, { dying: true });
        applies(relay, 'the subject names no console whose streams break');
        await using client = attachClient(env.stream(env.target), { ticket: relay.ticket() });
        if (kind === ConsoleKind.GRAPHICAL) {
          await rfbHandshake(client)
            .then((init) => requestScreen(client, init))
            .catch(() => {});
        } else {
          // Whoever shares a line opens it again: ATTACH-24.
          if ((await client.event('opened')).size) continue;
          client.send(Buffer.alloc(4096, 0x41));
        }
        assert(['UPSTREAM_CLOSED', 'UPSTREAM_LOST'].includes((await client.event('closing')).reason));
        await client.ended;
      }
    },
  },
];

async function* twoOpens(
  requests: AsyncIterable<AttachRequest>,
  open: AttachRequest,
): AsyncGenerator<AttachRequest> {
  yield open;
  yield* requests;
}

/** Starts a console of this kind behind a relay; ends the case when the subject makes none. */
export async function start(
  env: RelayEnv,
  kind: ConsoleKind,
  options: { dying?: boolean } = {},
): Promise<RelaySubject> {
  applies(
    env.relayKinds.includes(kind),
    `no ${kind === ConsoleKind.SERIAL ? 'serial' : 'graphical'} console with RELAY`,
  );
  const relay = await env.startRelay(kind, options);
  applies(relay, 'the subject names no console whose streams break');
  return relay;
}

/** The same for any kind. */
async function startAny(env: RelayEnv): Promise<RelaySubject> {
  const [kind] = env.relayKinds;
  applies(kind, 'no console with RELAY');
  return start(env, kind);
}
