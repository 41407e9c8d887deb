import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Opened, type Pen, PenChange } from '@consolemesh/contracts/stream';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { type RelayEnv, type RelaySubject, start } from './attach-cases.ts';
import { type AttachClient, attachClient } from './attach-client.ts';
import { applies, type Case } from './case.ts';

/** Reset to initial state (RIS, ECMA-48): what brings a terminal to the state of a line begins with it. */
const reset = '\x1bc';

/** A client that is attached. */
interface Attached {
  readonly id: string;
  readonly client: AttachClient;
  readonly opened: Opened;
  type(text: string): void;
}

/** A serial line that its clients share. Whoever attaches first gets the pen. */
interface SharedLine {
  readonly relay: RelaySubject;
  attach(role?: 'control' | 'view'): Promise<Attached>;
}

function shared(
  title: string,
  run: (line: SharedLine, env: RelayEnv) => Promise<void>,
  options: { dying?: boolean; applies?: (env: RelayEnv) => void; timeoutMs?: number } = {},
): Case<RelayEnv> {
  const { dying = false, timeoutMs } = options;
  return {
    title,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    async run(env) {
      const relay = await start(env, ConsoleKind.SERIAL, { dying });
      options.applies?.(env);
      const clients: AttachClient[] = [];
      try {
        await run({ relay, attach: (role) => attach(env, relay, clients, role) }, env);
      } finally {
        for (const client of clients) await client[Symbol.asyncDispose]();
      }
    },
  };
}

async function attach(
  env: RelayEnv,
  relay: RelaySubject,
  clients: AttachClient[],
  role: 'control' | 'view' = 'control',
): Promise<Attached> {
  const id = randomUUID();
  const ticket = relay.ticket({ sessionId: id, role });
  const client = attachClient(env.stream(env.target), { ticket });
  clients.push(client);
  const opened = await client.event('opened');
  applies(opened.size, 'the holder opens a line for each client');
  return { id, client, opened, type: (text) => client.send(Buffer.from(text)) };
}

/** The next notice about the pen, in short. */
async function nextPen({ client }: Attached): Promise<[PenChange, string, string, string]> {
  const { change, sessionId, previousSessionId, askedBySessionId }: Pen = await client.event('pen');
  return [change, sessionId, previousSessionId, askedBySessionId];
}

const word = () => `word-${randomUUID()}.`;

/** What is asked of a holder that shares one serial line among its clients: `opened.size` says that it does. */
export const sharedLineCases: Case<RelayEnv>[] = [
  shared('ATTACH-16 who shares a line bears several clients and says its size', async ({ relay, attach }) => {
    const { opened } = await attach();
    assert(opened.size!.columns > 0 && opened.size!.rows > 0);
    assert(relay.maxSessions > 1);
    assert.deepEqual((await attach()).opened.size, opened.size);
  }),
  shared('ATTACH-17 a newcomer sees the screen as it is, then what everybody sees', async ({ attach }) => {
    const first = await attach();
    const before = word();
    first.type(before);
    await first.client.readUntil(before);
    const second = await attach('view');
    assert((await second.client.readUntil(before)).toString().startsWith(reset), 'expected a reset first');
    const words = Array.from({ length: 20 }, word);
    for (const one of words) {
      first.type(one);
      await first.client.readUntil(one);
    }
    const seen = (await second.client.readUntil(words.at(-1)!)).toString();
    const found = words.flatMap((one) =>
      seen
        .split(one)
        .slice(1)
        .map(() => one),
    );
    assert.deepEqual(found, words, 'each once, in their order');
  }),
  shared('ATTACH-18 the first who may write has the pen, and only its holder types', async ({ attach }) => {
    await attach('view');
    const [holder, other] = [await attach(), await attach()];
    const pens = other.opened.viewers.filter(({ hasPen }) => hasPen);
    assert.deepEqual(
      pens.map(({ sessionId }) => sessionId),
      [holder.id],
    );
    const [dropped, typed] = [word(), word()];
    other.type(dropped);
    // The others' notices come after what they typed: when they are answered, it has been dropped.
    other.client.control({ $case: 'askPen', value: {} });
    await nextPen(holder);
    holder.type(typed);
    assert(!(await other.client.readUntil(typed)).includes(dropped));
  }),
  shared('ATTACH-18 a pen that nobody holds is for the first who types', async ({ attach }) => {
    const [holder, other] = [await attach(), await attach()];
    await holder.client[Symbol.asyncDispose]();
    assert.deepEqual(await nextPen(other), [PenChange.FREED, '', holder.id, '']);
    const typed = word();
    other.type(typed);
    assert.deepEqual(await nextPen(other), [PenChange.CLAIMED, other.id, '', '']);
    await other.client.readUntil(typed);
  }),
  shared('ATTACH-19 the pen is asked for, given and taken, and everybody is told', async ({ attach }) => {
    const all = [await attach(), await attach(), await attach('view')] as const;
    const [first, second, viewer] = all;
    const told = async (expected: Awaited<ReturnType<typeof nextPen>>) => {
      for (const one of all) assert.deepEqual(await nextPen(one), expected);
    };
    viewer.client.control({ $case: 'takePen', value: {} });
    second.client.control({ $case: 'askPen', value: {} });
    await told([PenChange.ASKED, first.id, first.id, second.id]);
    first.client.control({ $case: 'givePen', value: { sessionId: viewer.id } });
    first.client.control({ $case: 'givePen', value: { sessionId: second.id } });
    await told([PenChange.GIVEN, second.id, first.id, '']);
    first.client.control({ $case: 'takePen', value: {} });
    await told([PenChange.TAKEN, first.id, second.id, '']);
    const typed = word();
    first.type(typed);
    await viewer.client.readUntil(typed);
  }),
  shared('ATTACH-20 when its holder leaves, the pen goes to who had asked first', async ({ attach }) => {
    const [holder, second, third] = [await attach(), await attach(), await attach()];
    second.client.control({ $case: 'askPen', value: {} });
    assert.equal((await nextPen(third))[0], PenChange.ASKED);
    third.client.control({ $case: 'askPen', value: {} });
    assert.equal((await nextPen(third))[3], third.id);
    await holder.client[Symbol.asyncDispose]();
    assert.deepEqual(await nextPen(third), [PenChange.FREED, second.id, holder.id, third.id]);
  }),
  shared('ATTACH-21 everybody is told who comes and who leaves', async ({ attach }) => {
    const first = await attach();
    const second = await attach('view');
    const { viewer } = await first.client.event('joined');
    assert.deepEqual(
      viewer,
      second.opened.viewers.find(({ sessionId }) => sessionId === second.id),
    );
    assert.equal(second.opened.viewers.length, 2);
    await second.client[Symbol.asyncDispose]();
    assert.equal((await first.client.event('left')).sessionId, second.id);
  }),
  shared("ATTACH-22 the line has the pen holder's size, and everybody is told", async ({ attach }) => {
    const [holder, other] = [await attach(), await attach()];
    const sizes = [
      { columns: 90, rows: 30 },
      { columns: 91, rows: 31 },
    ];
    for (const size of sizes) {
      other.client.control({ $case: 'resize', value: { columns: 10, rows: 10 } });
      holder.client.control({ $case: 'resize', value: size });
      for (const { client } of [holder, other]) assert.deepEqual((await client.event('resized')).size, size);
    }
    assert.deepEqual((await attach()).opened.size, sizes[1]);
  }),
  shared(
    "ATTACH-23 the pen holder's break is sent, and nobody else's",
    async ({ attach }, env) => {
      const [holder, other] = [await attach(), await attach()];
      other.client.control({ $case: 'break', value: {} });
      other.client.control({ $case: 'askPen', value: {} });
      await nextPen(holder);
      const [before, after] = [word(), word()];
      holder.type(before);
      assert(!(await other.client.readUntil(before)).includes(env.breakEcho!));
      holder.client.control({ $case: 'break', value: {} });
      await other.client.readUntil(env.breakEcho!);
      holder.type(after);
      assert(!(await other.client.readUntil(after)).includes(env.breakEcho!));
    },
    { applies: (env) => applies(env.breakEcho, 'the subject does not name what a break looks like') },
  ),
  shared(
    'ATTACH-26 whoever sends a break without the pen is told that it was not sent',
    async ({ attach }) => {
      const [holder, other, viewer] = [await attach(), await attach(), await attach('view')];
      for (const { client } of [other, viewer]) {
        client.control({ $case: 'break', value: {} });
        const { reason, message } = await client.event('refused');
        assert.equal(reason, 'PERMISSION_DENIED');
        assert.notEqual(message, '');
      }
      const typed = word();
      holder.type(typed);
      await holder.client.readUntil(typed);
      assert(!holder.client.events.includes('refused'), 'it is for nobody else');
    },
  ),
  shared(
    'ATTACH-24 when the line breaks everybody is told why, and again when it is back',
    async ({ attach }) => {
      const all = [await attach(), await attach('view')] as const;
      all[0].client.send(Buffer.alloc(4096, 0x41));
      for (const { client } of all) {
        const { reason, message } = await client.event('upstreamLost');
        assert(['UPSTREAM_CLOSED', 'UPSTREAM_LOST'].includes(reason), reason);
        assert.notEqual(message, '');
      }
      for (const { client } of all) await client.event('upstreamRestored');
      const typed = word();
      all[0].type(typed);
      for (const { client } of all) await client.readUntil(typed);
    },
    { dying: true, timeoutMs: 40_000 },
  ),
  shared(
    'ATTACH-25 a client that does not read harms nobody, and sees the screen as it is when it reads again',
    async ({ attach }) => {
      const [typist, slow] = [await attach(), await attach('view')];
      slow.client.pause(true);
      // Far more than fits on the way: windows and sockets of both ends hold some 2 MiB.
      const rounds = 192;
      for (let round = 0; round < rounds; round += 1) {
        const end = `end of ${round}.`;
        typist.type(`${'x'.repeat(32 * 1024)}\r\n${end}`);
        await typist.client.readUntil(end);
      }
      slow.client.pause(false);
      const seen = await slow.client.readUntil(`end of ${rounds - 1}.`);
      assert(seen.includes(reset), 'expected a reset before the screen');
      assert(slow.client.received() < (rounds * 32 * 1024) / 2, 'expected the screen instead of everything');
    },
    {
      applies: (env) => applies(env.fastLine, 'the line is not one that sends back megabytes'),
      timeoutMs: 120_000,
    },
  ),
];

/** Their titles, for subjects that make no serial console with a relay. */
export const sharedLineTitles: readonly string[] = sharedLineCases.map(({ title }) => title);
