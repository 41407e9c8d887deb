import { PenChange } from '@consolemesh/contracts/stream';
import { MeshError } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import type { LineEvent } from './taps.ts';
import { openCore } from './terminal/xterm-core.ts';
import { describeScreen } from './testing/describe-screen.ts';
import { startHub } from './testing/start-hub.ts';

/** What a terminal of 80 × 24 shows after these bytes, its rows in one. */
function shownBy(bytes: Buffer): string {
  using opened = openCore(80, 24, 1000);
  opened.core._inputHandler.parse(bytes);
  return describeScreen(opened)
    .normal.rows.join('')
    .replaceAll(/\{[^}]*\}|>/g, '')
    .trimEnd();
}

describe('the viewers of a shared line', () => {
  it('all see what it says, and share one upstream', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const bob = await test.attach('bob', { role: 'view' });
    test.say('hello');
    await expect.poll(ann.text).toBe('hello');
    await expect.poll(bob.text).toBe('hello');
    expect(test.machines).toHaveLength(1);
  });

  it('see the screen as it is when they come later, and then what is said', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    test.say('login: \x1b[31mroot');
    await expect.poll(ann.text).toContain('root');
    const bob = await test.attach('bob');
    test.say(' and more');
    await expect.poll(bob.text).toContain(' and more');
    expect(shownBy(bob.bytes())).toBe('login: root and more');
    expect(bob.text()).toContain('\x1b[0;31mroot');
    expect(bob.text().match(/root/g)).toHaveLength(1);
  });

  it('see no byte twice and miss none, however they come while the line talks', async () => {
    await using test = startHub();
    await test.attach('first');
    let said = 0;
    const talk = () => test.say(`#${said++};`);
    const viewers = [];
    for (let i = 0; i < 20; i += 1) {
      talk();
      const attached = test.attach(`v${i}`);
      for (let turn = 0; turn < i; turn += 1) {
        talk();
        await Promise.resolve();
      }
      viewers.push(await attached);
      talk();
    }
    test.say('end');
    for (const viewer of viewers) {
      await expect.poll(viewer.text).toContain('end');
      const numbers = [...shownBy(viewer.bytes()).matchAll(/#(\d+);/g)].map(([, number]) => Number(number));
      expect(numbers).toEqual(Array.from({ length: said }, (_, number) => number));
    }
  });

  it('see nothing twice when they come in the very turn in which the line speaks', async () => {
    await using test = startHub();
    const client = { sessionId: 'ann', subject: 'ann', role: 'control' as const };
    const seat = await test.hub.join(client, AbortSignal.timeout(10_000));
    using _tap = test.hub.tap({ bytes: () => queueMicrotask(() => seat.begin([])) });
    test.say('once');
    let text = '';
    for await (const { frame } of seat.frames()) {
      if (frame?.$case !== 'data') continue;
      text += frame.value.toString();
      seat.close();
    }
    expect(text.match(/once/g)).toHaveLength(1);
  });

  it('have the size of the line, which is that of the pen holder', async () => {
    await using test = startHub();
    const ann = await test.attach('ann', { size: { columns: 100, rows: 30 } });
    const bob = await test.attach('bob', { size: { columns: 132, rows: 50 } });
    await expect.poll(() => bob.said('opened')).toMatchObject([{ size: { columns: 100, rows: 30 } }]);
    bob.seat.control({ $case: 'resize', value: { columns: 90, rows: 20 } });
    ann.seat.control({ $case: 'resize', value: { columns: 0, rows: 20 } });
    ann.seat.control({ $case: 'resize', value: { columns: 1000, rows: 1000 } });
    await expect.poll(() => bob.said('resized')).toEqual([{ size: { columns: 500, rows: 200 } }]);
    expect(test.sizes).toEqual(['100x30', '500x200']);
    test.machines[0]!.end();
    await expect.poll(() => test.hub.line.kind).toBe('waiting');
    test.clock.advance(1_000);
    await expect.poll(() => test.sizes).toEqual(['100x30', '500x200', '500x200']);
  });

  it('keep their line when its driver fails to tell the machine its size', async () => {
    await using test: ReturnType<typeof startHub> = startHub({
      open: async () => ({
        ...(await test.open()),
        resize() {
          throw new TypeError('the channel is closed');
        },
      }),
    });
    const ann = await test.attach('ann');
    expect(() => ann.seat.control({ $case: 'resize', value: { columns: 100, rows: 40 } })).not.toThrow();
    await expect.poll(() => ann.said('resized')).toHaveLength(1);
    test.machines[0]!.destroy();
    await expect.poll(() => ann.said('upstreamLost')).toHaveLength(1);
    test.clock.advance(60_000);
    await expect.poll(() => ann.said('upstreamRestored')).toHaveLength(1);
    test.say('back');
    await expect.poll(ann.text).toContain('back');
  });

  it('harm nobody by not reading: who does not gets the screen later, the others everything', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const slow = await test.attach('slow', { reads: false });
    const line = `${'x'.repeat(78)}\r\n`;
    let sent = 0;
    while (sent < 1024 * 1024) {
      if (!test.say(line)) await new Promise((resolve) => setImmediate(resolve));
      sent += line.length;
    }
    test.say('last words');
    await expect.poll(() => ann.bytes().length).toBe(sent + 10);
    void slow.read();
    await expect.poll(slow.text).toContain('last words');
    expect(slow.bytes().length).toBeLessThan(400_000);
    expect(slow.text()).toContain('\x1bc');
    test.say('!');
    await expect.poll(slow.text).toMatch(/!$/);
  });
});

describe('the pen of a shared line', () => {
  it('is with the first who may write, and what others type does not arrive', async () => {
    await using test = startHub();
    await test.attach('viewer', { role: 'view' });
    const ann = await test.attach('ann');
    const bob = await test.attach('bob');
    await bob.type('from bob');
    await ann.type('from ann');
    await expect.poll(test.typed).toBe('from ann');
    expect([ann.seat.hasPen, bob.seat.hasPen]).toEqual([true, false]);
  });

  it('is taken by the first who types when nobody holds it', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const bob = await test.attach('bob');
    ann.leave();
    await bob.type('mine');
    await expect.poll(test.typed).toBe('mine');
    await expect
      .poll(() => bob.said('pen').map(({ change }) => change))
      .toEqual([PenChange.FREED, PenChange.CLAIMED]);
  });

  it('is asked for, given and taken, and everybody is told', async () => {
    await using test = startHub();
    const [ann, bob, carl] = [await test.attach('ann'), await test.attach('bob'), await test.attach('carl')];
    bob.seat.control({ $case: 'askPen', value: {} });
    ann.seat.control({ $case: 'givePen', value: { sessionId: 'nobody' } });
    ann.seat.control({ $case: 'givePen', value: { sessionId: 'bob' } });
    carl.seat.control({ $case: 'takePen', value: {} });
    const all = [
      { change: PenChange.ASKED, sessionId: 'ann', previousSessionId: 'ann', askedBySessionId: 'bob' },
      { change: PenChange.GIVEN, sessionId: 'bob', previousSessionId: 'ann', askedBySessionId: '' },
      { change: PenChange.TAKEN, sessionId: 'carl', previousSessionId: 'bob', askedBySessionId: '' },
    ];
    for (const viewer of [ann, bob, carl]) await expect.poll(() => viewer.said('pen')).toEqual(all);
  });

  it('is nothing for viewers: they can neither ask for it nor be given it', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const eve = await test.attach('eve', { role: 'view' });
    eve.seat.control({ $case: 'takePen', value: {} });
    eve.seat.control({ $case: 'askPen', value: {} });
    ann.seat.control({ $case: 'givePen', value: { sessionId: 'eve' } });
    ann.leave();
    await eve.type('still nothing');
    eve.seat.control({ $case: 'break', value: {} });
    expect([test.typed(), test.breaks(), eve.seat.hasPen]).toEqual(['', 0, false]);
  });

  it('lets nothing through of a paste that began without it', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const bob = await test.attach('bob');
    await bob.type('rm -rf /tmp/x');
    ann.leave();
    await bob.type('; rm -rf /');
    test.clock.advance(500);
    await bob.type('ls\r');
    await expect.poll(test.typed).toBe('ls\r');
  });

  it('lets everything through that is typed after taking it', async () => {
    await using test = startHub();
    await test.attach('ann');
    const bob = await test.attach('bob');
    await bob.type('dropped');
    bob.seat.control({ $case: 'takePen', value: {} });
    await bob.type('kept');
    await expect.poll(test.typed).toBe('kept');
  });

  it('allows a break, which others may not send', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const bob = await test.attach('bob');
    bob.seat.control({ $case: 'break', value: {} });
    expect(test.breaks()).toBe(0);
    ann.seat.control({ $case: 'break', value: {} });
    expect(test.breaks()).toBe(1);
  });

  it('makes its holder wait for a machine that does not read, so that a paste is not gathered', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    test.machines[0]!.pause();
    let pasted = 0;
    const paste = (async () => {
      for (; pasted < 160; pasted += 1) await ann.type('x'.repeat(64 * 1024));
    })();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(pasted).toBeLessThan(8);
    test.machines[0]!.resume();
    await paste;
    await expect.poll(() => test.typed().length).toBe(160 * 64 * 1024);
  });
});

describe('a shared line that is lost', () => {
  it('is opened again; everybody is told why and when it is back, and nothing is written into its bytes', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    test.say('before');
    await expect.poll(ann.text).toBe('before');
    test.machines[0]!.end();
    await expect.poll(() => ann.said('upstreamLost')).toMatchObject([{ reason: 'UPSTREAM_CLOSED' }]);
    const bob = await test.attach('bob');
    await expect.poll(() => bob.said('upstreamLost')).toHaveLength(1);
    test.clock.advance(1_000);
    await expect.poll(() => bob.said('upstreamRestored')).toHaveLength(1);
    test.say('after');
    await expect.poll(ann.text).toBe('beforeafter');
    expect(ann.said('upstreamRestored')).toHaveLength(1);
  });

  it('takes no input, and nothing of a paste that began meanwhile', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    test.machines[0]!.end();
    await expect.poll(() => ann.said('upstreamLost')).toHaveLength(1);
    await ann.type('lost');
    test.clock.advance(1_000);
    await expect.poll(() => ann.said('upstreamRestored')).toHaveLength(1);
    test.clock.advance(500);
    await ann.type('found');
    await expect.poll(test.typed).toBe('found');
  });

  it('tells the newest reason when it cannot be opened again', async () => {
    const errors: (Error | undefined)[] = [
      undefined,
      new MeshError('BMC_TIMEOUT'),
      new MeshError('BMC_TIMEOUT'),
    ];
    await using test = startHub({
      open: async () => {
        const error = errors.shift();
        if (error) throw error;
        return test.open();
      },
    });
    const ann = await test.attach('ann');
    test.machines[0]!.end();
    for (const ms of [1_000, 2_000, 4_000]) {
      await expect.poll(() => test.hub.line.kind).toBe('waiting');
      test.clock.advance(ms);
    }
    await expect.poll(() => ann.said('upstreamRestored')).toHaveLength(1);
    expect(ann.said('upstreamLost').map(({ reason }) => reason)).toEqual(['UPSTREAM_CLOSED', 'BMC_TIMEOUT']);
  });

  it('is refused to who comes first, with the reason', async () => {
    await using test = startHub({
      open: async () => {
        throw new MeshError('BMC_REFUSED');
      },
    });
    await expect(test.attach('ann')).rejects.toMatchObject({ reason: 'BMC_REFUSED' });
    expect(test.hub.line.kind).toBe('idle');
  });

  it('is refused to everybody while the machine refuses the credentials', async () => {
    let tries = 0;
    await using test = startHub({
      hold: 'always',
      open: async () => {
        tries += 1;
        throw new MeshError('BMC_AUTHENTICATION_FAILED');
      },
    });
    for (const who of ['ann', 'bob']) {
      await expect(test.attach(who)).rejects.toMatchObject({ reason: 'BMC_AUTHENTICATION_FAILED' });
    }
    expect(tries).toBe(1);
  });
});

describe('when a shared line is open', () => {
  it('is a while longer than anybody is attached', async () => {
    await using test = startHub({ lingerMs: 5_000 });
    const ann = await test.attach('ann');
    ann.leave();
    test.clock.advance(4_999);
    expect(test.hub.line.kind).toBe('open');
    test.clock.advance(1);
    expect(test.hub.line.kind).toBe('idle');
    await test.attach('bob');
    expect(test.machines).toHaveLength(2);
  });

  it('is always, when a recorder wants everything', async () => {
    await using test = startHub({ hold: 'always' });
    await expect.poll(() => test.hub.line.kind).toBe('open');
    test.say('nobody looks');
    const ann = await test.attach('ann');
    await expect.poll(ann.text).toContain('nobody looks');
    ann.leave();
    test.clock.advance(3_600_000);
    expect(test.hub.line.kind).toBe('open');
  });

  it('is until its console ends, and then the machine is free', async () => {
    const test = startHub();
    await test.attach('ann');
    let closed = false;
    test.machines[0]!.once('end', () => {
      closed = true;
    });
    await test.hub[Symbol.asyncDispose]();
    await expect.poll(() => closed).toBe(true);
    await expect(test.attach('bob')).rejects.toMatchObject({ reason: 'CONSOLE_DISABLED' });
  });
});

describe('an observer of a shared line', () => {
  it('sees its bytes and everything that happens, with the time, and cannot harm it', async () => {
    await using test = startHub();
    const seen: [string, number][] = [];
    using _tap = test.hub.tap({
      bytes: (bytes, at) => seen.push([bytes.toString(), at]),
      event: ({ $case }: LineEvent, at) => seen.push([$case, at]),
    });
    using _bad = test.hub.tap({
      bytes() {
        throw new Error('disk full');
      },
    });
    const start = test.clock.now();
    const ann = await test.attach('ann');
    test.say('hello');
    await expect.poll(ann.text).toBe('hello');
    test.clock.advance(10);
    ann.seat.control({ $case: 'break', value: {} });
    await expect.poll(() => seen.length).toBe(3);
    ann.leave();
    expect(seen).toEqual([
      ['joined', start],
      ['hello', start],
      ['break', start + 10],
      ['left', start + 10],
      ['pen', start + 10],
    ]);
  });
});

it('bears any bytes, in any number, without growing', async () => {
  await using test = startHub({ hold: 'always' });
  await expect.poll(() => test.hub.line.kind).toBe('open');
  const ann = await test.attach('ann');
  const junk = [
    '\x1b]0;',
    '\x1bP1$q',
    '\x1b_',
    '\x1b[',
    '́',
    '\x1b[2147483647b',
    'x\x1b[2147483647b',
    '\x1b[9999999L',
  ];
  for (const start of junk) {
    test.say(start);
    for (let i = 0; i < 4; i += 1) test.say(Buffer.alloc(32 * 1024, i % 2 ? '́' : ';7'));
    test.say('\x18\x1bc');
  }
  test.say('alive');
  await expect.poll(ann.text).toMatch(/alive$/);
  const bob = await test.attach('bob');
  await expect.poll(bob.text).toContain('alive');
  expect(bob.bytes().length).toBeLessThan(2_000);
});
