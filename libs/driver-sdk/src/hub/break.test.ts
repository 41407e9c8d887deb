import { PenChange } from '@consolemesh/contracts/stream';
import { MeshError } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import type { OpenedLine } from '../driver.ts';
import { startHub } from './testing/start-hub.ts';

describe('a break that is not sent', () => {
  const breaks = (viewer: Awaited<ReturnType<ReturnType<typeof startHub>['attach']>>) =>
    viewer.seat.control({ $case: 'break', value: {} });

  it('is told to who sent it, and to nobody else: without the pen, and by who may only watch', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const bob = await test.attach('bob');
    const eve = await test.attach('eve', { role: 'view' });
    breaks(bob);
    breaks(eve);
    await expect.poll(() => bob.said('refused')).toMatchObject([{ reason: 'PERMISSION_DENIED' }]);
    expect(bob.said('refused')[0]!.message).toContain('ann');
    await expect.poll(() => eve.said('refused')).toMatchObject([{ reason: 'PERMISSION_DENIED' }]);
    expect([test.breaks(), ann.said('refused')]).toEqual([0, []]);
  });

  it.each<[string, Partial<OpenedLine>, string]>([
    ['the line takes none', { sendBreak: undefined }, 'CAPABILITY_MISSING'],
    [
      'the machine refuses it',
      { sendBreak: () => Promise.reject(new MeshError('BMC_ERROR', 'no breaks today')) },
      'BMC_ERROR',
    ],
    ['its driver fails', { sendBreak: () => Promise.reject(new TypeError('kaboom')) }, 'INTERNAL'],
    [
      'its driver fails at once',
      {
        sendBreak() {
          throw new TypeError('kaboom');
        },
      },
      'INTERNAL',
    ],
  ])('says why: %s', async (_, line, reason) => {
    await using test: ReturnType<typeof startHub> = startHub({
      open: async () => ({ ...(await test.open()), ...line }),
    });
    const ann = await test.attach('ann');
    breaks(ann);
    await expect.poll(() => ann.said('refused')).toMatchObject([{ reason }]);
    expect(ann.said('refused')[0]!.message).not.toContain('kaboom');
  });

  it('says so when the machine never answers, and the line is not held for it', async () => {
    await using test: ReturnType<typeof startHub> = startHub({
      open: async () => ({ ...(await test.open()), sendBreak: () => new Promise<void>(() => {}) }),
    });
    const ann = await test.attach('ann');
    breaks(ann);
    test.clock.advance(60_000);
    await expect.poll(() => ann.said('refused')).toMatchObject([{ reason: 'BMC_TIMEOUT' }]);
  });

  it('is none of somebody who breaks while nobody holds the pen: it is theirs then, as if they had typed', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    const bob = await test.attach('bob');
    ann.leave();
    breaks(bob);
    expect([test.breaks(), bob.seat.hasPen]).toEqual([1, true]);
    await expect
      .poll(() => bob.said('pen').at(-1))
      .toMatchObject({ change: PenChange.CLAIMED, sessionId: 'bob' });
    expect(bob.said('refused')).toEqual([]);
  });

  it('is told nobody who has left meanwhile', async () => {
    let refuse = (_: Error) => {};
    await using test: ReturnType<typeof startHub> = startHub({
      open: async () => ({
        ...(await test.open()),
        sendBreak: () => new Promise<void>((_, reject) => (refuse = reject)),
      }),
    });
    const ann = await test.attach('ann', { reads: false });
    breaks(ann);
    ann.leave();
    refuse(new MeshError('BMC_ERROR'));
    await ann.read();
    expect(ann.events().map(({ $case }) => $case)).toEqual(['opened']);
  });

  it('is told also while the line is lost', async () => {
    await using test = startHub();
    const ann = await test.attach('ann');
    test.machines[0]!.destroy();
    await expect.poll(() => ann.said('upstreamLost')).toHaveLength(1);
    breaks(ann);
    await expect
      .poll(() => ann.said('refused'))
      .toMatchObject([{ reason: expect.stringMatching(/^UPSTREAM_/) }]);
  });
});

describe('a break for somebody who is not attached', () => {
  it('opens the line for it', async () => {
    await using test = startHub();
    await test.hub.sendBreak(AbortSignal.timeout(10_000));
    expect(test.breaks()).toBe(1);
  });

  it('is refused where the line takes none, and where it cannot be opened', async () => {
    await using deaf = startHub({ open: async () => ({ stream: (await test.open()).stream }) });
    await using test = startHub();
    await expect(deaf.hub.sendBreak(AbortSignal.timeout(10_000))).rejects.toMatchObject({
      reason: 'CAPABILITY_MISSING',
    });
    await using broken = startHub({
      open: async () => {
        throw new MeshError('BMC_REFUSED');
      },
    });
    await expect(broken.hub.sendBreak(AbortSignal.timeout(10_000))).rejects.toMatchObject({
      reason: 'BMC_REFUSED',
    });
  });
});
