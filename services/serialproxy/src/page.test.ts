import { type Pen, PenChange, type Resized } from '@consolemesh/contracts/stream';
import { Role } from '@consolemesh/contracts/types';
import { describe, expect, it } from 'vitest';
import { startBench } from './testing.ts';

const pen = (value: Partial<Pen>) => ({
  $case: 'pen' as const,
  value: {
    sessionId: '',
    askedBySessionId: '',
    previousSessionId: '',
    change: PenChange.UNSPECIFIED,
    ...value,
  },
});

const scene = () => ({
  size: { columns: 80, rows: 24 },
  viewers: [
    { sessionId: 'me', subject: 'alice', role: Role.CONTROL, hasPen: false },
    { sessionId: 'you', subject: 'bob', role: Role.CONTROL, hasPen: true },
  ],
});

describe('a page at a shared line', () => {
  it('is told who is there, how large the line is and what happens, in order and in our words', async () => {
    await using bench = await startBench({ scene });
    const { page, info, line } = await bench.opened({}, { size: { columns: 120, rows: 40 } });
    expect(info).toMatchObject({
      kind: 'serial',
      role: 'control',
      size: { columns: 80, rows: 24 },
      viewers: [
        { session: 'me', subject: 'alice', role: 'control', pen: false },
        { session: 'you', subject: 'bob', role: 'control', pen: true },
      ],
    });
    expect(line.open.size).toMatchObject({ columns: 120, rows: 40 });

    const viewer = { sessionId: 'third', subject: 'carol', role: Role.VIEW, hasPen: false };
    line.tell({ $case: 'joined', value: { viewer } });
    line.tell(pen({ sessionId: 'you', askedBySessionId: 'me', change: PenChange.ASKED }));
    line.tell(pen({ sessionId: 'me', previousSessionId: 'you', change: PenChange.GIVEN }));
    line.tell(pen({ sessionId: 'you', previousSessionId: 'me', change: PenChange.TAKEN }));
    line.tell(pen({ sessionId: '', previousSessionId: 'you', change: PenChange.FREED }));
    line.tell(pen({ sessionId: 'me', change: PenChange.CLAIMED }));
    line.tell({ $case: 'left', value: { sessionId: 'third' } });
    line.tell({ $case: 'resized', value: { size: { columns: 132, rows: 50 } } as Resized });
    line.tell({ $case: 'upstreamLost', value: { reason: 'BMC_TIMEOUT', message: 'No answer.' } });
    line.tell({ $case: 'upstreamRestored', value: {} });
    const heard: unknown[] = [];
    while (heard.length < 10) heard.push(await page.message());
    expect(heard).toEqual([
      { type: 'joined', viewer: { session: 'third', subject: 'carol', role: 'view', pen: false } },
      { type: 'pen', holder: 'you', change: 'asked', by: 'me' },
      { type: 'pen', holder: 'me', change: 'given', by: 'you' },
      { type: 'pen', holder: 'you', change: 'taken', by: 'you' },
      { type: 'pen', holder: null, change: 'released', by: 'you' },
      { type: 'pen', holder: 'me', change: 'claimed', by: 'me' },
      { type: 'left', session: 'third' },
      { type: 'resized', columns: 132, rows: 50 },
      { type: 'upstream', state: 'lost', reason: 'BMC_TIMEOUT', message: 'No answer.' },
      { type: 'upstream', state: 'restored', reason: null, message: null },
    ]);
  });

  it('reads as a notice why something that it asked for was not done', async () => {
    await using bench = await startBench();
    const { page, line } = await bench.opened();
    page.send({ type: 'break' });
    await line.control();
    const message = 'bmc1 takes no break.';
    line.tell({ $case: 'refused', value: { reason: 'CAPABILITY_MISSING', message } });
    expect(await page.message()).toEqual({ type: 'notice', reason: 'CAPABILITY_MISSING', message });
    line.tell({ $case: 'refused', value: { reason: 'NEWER_THAN_US', message } });
    expect(await page.message()).toEqual({ type: 'notice', reason: 'INTERNAL', message });
  });

  it('asks for size, break and pen, each at its place among the bytes', async () => {
    await using bench = await startBench();
    const { page, line } = await bench.opened();
    page.sendBytes(Buffer.from('ls'));
    expect((await line.typed(2)).toString()).toBe('ls');
    page.send({ type: 'resize', columns: 100, rows: 30 });
    page.send({ type: 'break' });
    page.send({ type: 'pen', action: 'ask' });
    page.send({ type: 'pen', action: 'take' });
    page.send({ type: 'pen', action: 'give', session: 'you' });
    expect(await line.control()).toMatchObject({ $case: 'resize', value: { columns: 100, rows: 30 } });
    expect((await line.control()).$case).toBe('break');
    expect((await line.control()).$case).toBe('askPen');
    expect((await line.control()).$case).toBe('takePen');
    expect(await line.control()).toMatchObject({ $case: 'givePen', value: { sessionId: 'you' } });
    line.say('answer');
    expect((await page.bytes(6)).toString()).toBe('answer');
  });

  it('that may only watch types nothing and steers nothing, and is told so', async () => {
    await using bench = await startBench({ scene });
    const { page, info, line } = await bench.opened({ role: 'view' });
    expect(info.role).toBe('view');
    expect(line.open.role).toBe(Role.VIEW);
    page.sendBytes(Buffer.from('reboot\r'));
    for (const message of [{ type: 'break' }, { type: 'pen', action: 'take' }]) {
      page.send(message);
      expect(await page.message()).toMatchObject({ type: 'notice', reason: 'PERMISSION_DENIED' });
    }
    line.say('still here');
    expect((await page.bytes(10)).toString()).toBe('still here');
    page.socket.terminate();
    await line.left;
    // Nothing of it came before the end.
    const typed = await Promise.race([line.typed(1), Promise.resolve('nothing')]);
    expect(typed).toBe('nothing');
  });

  it.each([
    [{ type: 'resize', columns: 0, rows: 24 }],
    [{ type: 'resize', columns: 80.5, rows: 24 }],
    [{ type: 'resize' }],
    [{ type: 'pen', action: 'give' }],
    [{ type: 'pen', action: 'eat' }],
    [{ type: 'pen', action: 'give', session: 'x'.repeat(201) }],
  ])('that says %j breaks the protocol', async (message) => {
    await using bench = await startBench();
    const { page } = await bench.opened();
    page.send(message);
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'PROTOCOL_VIOLATION' });
  });

  it('that floods the line with wishes breaks the protocol', async () => {
    let time = 1_000_000;
    await using bench = await startBench({ now: () => time });
    const { page, line } = await bench.opened();
    for (let i = 0; i < 64; i++) page.send({ type: 'resize', columns: 80, rows: 24 });
    for (let i = 0; i < 64; i++) await line.control();
    time += 1_000;
    for (let i = 0; i < 16; i++) page.send({ type: 'break' });
    for (let i = 0; i < 16; i++) await line.control();
    page.send({ type: 'break' });
    expect(await page.message()).toMatchObject({
      type: 'closing',
      reason: 'PROTOCOL_VIOLATION',
      message: 'Too many control messages.',
    });
  });

  it('counts as having given input when it writes, not when it types without the pen', async () => {
    await using bench = await startBench({ scene });
    const { page, line } = await bench.opened();
    page.sendBytes(Buffer.from('x'));
    await line.typed(1);
    line.tell(pen({ sessionId: 'me', previousSessionId: 'you', change: PenChange.GIVEN }));
    await page.message();
    expect(bench.conductor.heard.filter(({ $case }) => $case === 'wrote')).toEqual([]);
    page.sendBytes(Buffer.from('y'));
    await bench.conductor.hears('wrote');
  });

  it('reads why its line is over, after everything that the line said', async () => {
    await using bench = await startBench();
    const { page, line } = await bench.opened();
    line.say(Buffer.alloc(50_000, 7));
    line.close('CONSOLE_DISABLED', 'The console is off.');
    expect((await page.bytes(50_000)).length).toBe(50_000);
    expect(await page.message()).toMatchObject({
      type: 'closing',
      reason: 'CONSOLE_DISABLED',
      message: 'The console is off.',
    });
  });

  it('that does not read costs a bounded part of what its line says, and misses none of it', async () => {
    await using bench = await startBench();
    const { page, line } = await bench.opened();
    page.socket.pause();
    const piece = Buffer.alloc(60_000, 3);
    for (let i = 0; i < 500; i++) line.say(piece);
    const passed = () => [...bench.proxy.counters.open][0]?.traffic.toClient ?? 0;
    // Sockets and the call take what their own buffers hold; then it stands still.
    let before = -1;
    await expect
      .poll(() => {
        const still = passed() === before && before > 0;
        before = passed();
        return still;
      })
      .toBe(true);
    expect(before).toBeLessThan(12 * 1024 * 1024);
    page.socket.resume();
    expect((await page.bytes(500 * piece.length)).length).toBe(500 * piece.length);
  });

  it('pastes 10 MB through a line that is slow, intact, while no more than a bounded part of it waits here', async () => {
    await using bench = await startBench();
    const { page, line } = await bench.opened();
    line.deaf = true;
    const pasted = Buffer.alloc(10 * 1024 * 1024);
    for (let i = 0; i < pasted.length; i += 4) pasted.writeUInt32LE(i, i);
    for (let at = 0; at < pasted.length; at += 60_000) page.sendBytes(pasted.subarray(at, at + 60_000));
    // What the sockets' own buffers do not take waits with the client.
    await expect.poll(() => page.socket.bufferedAmount).toBeGreaterThan(1024 * 1024);
    expect([...bench.proxy.counters.open][0]?.traffic.fromClient).toBeLessThan(2 * 1024 * 1024);
    line.deaf = false;
    expect((await line.typed(pasted.length)).equals(pasted)).toBe(true);
  });
});
