import { Duplex } from 'node:stream';
import { duplexPair } from '@consolemesh/bytes/testing';
import { MeshError } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../testing/manual-clock.ts';
import { keepLine } from './keep-line.ts';
import type { LineState } from './line-state.ts';

const soon = () => AbortSignal.timeout(10_000);
const isOpen = ({ kind }: LineState) => kind === 'open';
const isWaiting = ({ kind }: LineState) => kind === 'waiting';

/** A line whose machine does what `opens` says, one after the other, and whose clock stands still. */
function lineTo(...opens: (Error | 'opens' | 'hangs')[]) {
  const clock = manualClock();
  const states: string[] = [];
  const received: Buffer[] = [];
  const machines: ReturnType<typeof duplexPair>[0][] = [];
  let open = 0;
  let mostOpen = 0;
  const keeper = keepLine({
    async open(signal) {
      const next = opens.shift() ?? 'opens';
      if (next === 'hangs') {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }
      if (next instanceof Error) throw next;
      const [ours, theirs] = duplexPair();
      machines.push(theirs);
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      ours.once('close', () => {
        open -= 1;
      });
      return { stream: ours };
    },
    where: 'bmc1',
    lingerMs: 30_000,
    clock,
    random: () => 0.5,
    onBytes(bytes) {
      received.push(bytes);
      return undefined;
    },
    onState: ({ kind }) => states.push(kind),
  });
  return {
    keeper,
    clock,
    states,
    machines,
    received,
    open: () => open,
    mostOpen: () => mostOpen,
    [Symbol.asyncDispose]: () => keeper.close(),
  };
}

describe('the one upstream of a line', () => {
  it('is opened when somebody needs it and closed when it has lingered', async () => {
    await using line = lineTo();
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
    line.keeper.need(false);
    line.clock.advance(29_999);
    expect(line.keeper.state.kind).toBe('open');
    line.clock.advance(1);
    expect(line.keeper.state.kind).toBe('idle');
    await expect.poll(line.open).toBe(0);
    expect(line.states).toEqual(['opening', 'open', 'idle']);
  });

  it('stays open for somebody who comes back before that', async () => {
    await using line = lineTo();
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
    line.keeper.need(false);
    line.clock.advance(20_000);
    line.keeper.need(true);
    line.clock.advance(60_000);
    expect(line.keeper.state.kind).toBe('open');
    expect(line.machines).toHaveLength(1);
  });

  it('is opened again after a while when the machine closes it', async () => {
    await using line = lineTo();
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
    line.machines[0]!.end('good bye');
    const lost = await line.keeper.until(isWaiting, soon());
    expect(lost).toMatchObject({ why: { reason: 'UPSTREAM_CLOSED' }, retryAt: line.clock.now() + 1_000 });
    expect(Buffer.concat(line.received).toString()).toBe('good bye');
    line.clock.advance(1_000);
    await line.keeper.until(isOpen, soon());
    expect(line.machines).toHaveLength(2);
  });

  it('waits longer after each failure, and begins anew after a line that stood for a while', async () => {
    const refused = new MeshError('BMC_REFUSED');
    await using line = lineTo(refused, refused, refused);
    const waits: number[] = [];
    const wait = async () => {
      const state = await line.keeper.until(isWaiting, soon());
      if (state.kind !== 'waiting') throw new Error('not waiting');
      waits.push(state.retryAt - line.clock.now());
      line.clock.advance(state.retryAt - line.clock.now());
    };
    line.keeper.need(true);
    for (let i = 0; i < 3; i += 1) await wait();
    await line.keeper.until(isOpen, soon());
    line.machines[0]!.end();
    await wait();
    await line.keeper.until(isOpen, soon());
    line.clock.advance(30_000);
    line.machines[1]!.end();
    await wait();
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 1_000]);
  });

  it('waits as long as a machine asks for whose only line somebody else holds', async () => {
    const metadata = { retry_after_ms: '180000' };
    await using line = lineTo(new MeshError('BMC_BUSY', 'Somebody else is on it.', { metadata }));
    line.keeper.need(true);
    await line.keeper.until(isWaiting, soon());
    expect(line.keeper.state).toMatchObject({ retryAt: line.clock.now() + 180_000 });
  });

  it('is not tried again when the machine refuses the credentials', async () => {
    await using line = lineTo(new MeshError('BMC_AUTHENTICATION_FAILED'));
    line.keeper.need(true);
    await line.keeper.until(({ kind }) => kind === 'refused', soon());
    line.clock.advance(3_600_000);
    line.keeper.need(true);
    expect(line.keeper.state.kind).toBe('refused');
    expect(line.states).toEqual(['opening', 'refused']);
  });

  it('is not opened a second time before the first has closed', async () => {
    await using line = lineTo();
    for (let i = 0; i < 5; i += 1) {
      line.keeper.need(true);
      await line.keeper.until(isOpen, soon());
      line.keeper.need(false);
      line.clock.advance(30_000);
    }
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
    expect(line.machines).toHaveLength(6);
    expect(line.mostOpen()).toBe(1);
  });

  /** A line whose driver takes as long to clean up as it is told. */
  function slowLine() {
    let opened = 0;
    let done = () => {};
    const clock = manualClock();
    const keeper = keepLine({
      async open() {
        opened += 1;
        const destroy: Duplex['_destroy'] = (error, closed) => {
          done = () => closed(error);
        };
        return { stream: new Duplex({ read() {}, write: (_chunk, _encoding, next) => next(), destroy }) };
      },
      ...{ where: 'bmc1', lingerMs: 0, clock, random: () => 0.5 },
      onBytes: () => undefined,
      onState: () => {},
    });
    return { keeper, clock, opened: () => opened, cleanUp: () => done() };
  }
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  it('is not opened before its driver has cleaned up after the one before', async () => {
    const { keeper, clock, opened, cleanUp } = slowLine();
    keeper.need(true);
    await keeper.until(isOpen, soon());
    keeper.need(false);
    clock.advance(0);
    keeper.need(true);
    await turns();
    expect([opened(), keeper.state.kind]).toEqual([1, 'idle']);
    cleanUp();
    await keeper.until(isOpen, soon());
    expect(opened()).toBe(2);
    const closed = keeper.close();
    await turns();
    cleanUp();
    await closed;
  });

  it('does not wait for ever for a driver that never has', async () => {
    const { keeper, clock } = slowLine();
    keeper.need(true);
    await keeper.until(isOpen, soon());
    let closed = false;
    void keeper.close().then(() => {
      closed = true;
    });
    await turns();
    clock.advance(9_999);
    await turns();
    expect(closed).toBe(false);
    clock.advance(1);
    await expect.poll(() => closed).toBe(true);
  });

  it('is given up when nobody needs it while it is being opened', async () => {
    await using line = lineTo('hangs');
    line.keeper.need(true);
    await line.keeper.until(({ kind }) => kind === 'opening', soon());
    line.keeper.need(false);
    expect(line.keeper.state.kind).toBe('idle');
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
  });

  it('is not opened again when it is lost while it only lingers', async () => {
    await using line = lineTo();
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
    line.keeper.need(false);
    line.machines[0]!.end();
    await line.keeper.until(({ kind }) => kind === 'idle', soon());
    line.clock.advance(100_000);
    expect(line.machines).toHaveLength(1);
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
  });

  it('says what its driver says when it is taken away', async () => {
    await using line = lineTo();
    line.keeper.need(true);
    const state = await line.keeper.until(isOpen, soon());
    if (state.kind !== 'open') throw new Error('not open');
    state.line.stream.destroy(new MeshError('BMC_BUSY', 'Somebody took the line.'));
    expect(await line.keeper.until(isWaiting, soon())).toMatchObject({ why: { reason: 'BMC_BUSY' } });
  });

  it('is closed for good, and nobody gets it any more', async () => {
    const line = lineTo();
    line.keeper.need(true);
    await line.keeper.until(isOpen, soon());
    await line.keeper.close();
    expect(line.open()).toBe(0);
    line.keeper.need(false);
    line.keeper.need(true);
    expect(line.keeper.state.kind).toBe('ended');
  });
});
