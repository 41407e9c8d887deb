import { describe, expect, test } from 'vitest';
import { disable } from './disable.ts';
import { accessChanged, enable } from './enable.ts';
import { nextWork } from './next-work.ts';
import { degraded, startFailed } from './progress.ts';
import { aConsole, beingStarted, chosen, made, readyConsole } from './testing.ts';

const view = { now: 1_000, fingerprint: 'f', openSessions: 0 };
const failure = { reason: 'BMC_TIMEOUT', message: '', at: 0 } as const;

describe('what a console needs next', () => {
  test('follows the steps of a start', () => {
    expect(nextWork(aConsole(), view).do).toBe('rest');
    expect(nextWork(enable(aConsole(), 'f'), view).do).toBe('choose');
    expect(nextWork(chosen(), view).do).toBe('prepare');
    expect(nextWork(beingStarted(), view).do).toBe('start');
    expect(nextWork(readyConsole(), view).do).toBe('watch');
  });

  test('never prepares twice: a start that failed or was lost begins again with StartConsole', () => {
    const lost = made(degraded(readyConsole(), { generation: 1n, failure, again: true }, 40));
    expect(nextWork(lost, view).do).toBe('start');
  });

  test('stops an older incarnation before it begins a new one', () => {
    expect(nextWork(accessChanged(readyConsole()), view)).toMatchObject({
      do: 'stop',
      incarnation: { generation: 1n },
    });
  });

  test('waits for a back-off and not a moment longer', () => {
    const retry = { kind: 'at', at: 2_000, attempts: 1 } as const;
    const failed = made(startFailed(chosen(), { generation: 1n, failure, retry }, 40));
    expect(nextWork(failed, view)).toEqual({ do: 'wait', until: 2_000 });
    expect(nextWork(failed, { ...view, now: 2_000 }).do).toBe('prepare');
  });

  test('does nothing with refused credentials until the access is another', () => {
    const retry = { kind: 'blocked', fingerprint: 'f', attempts: 1 } as const;
    const failed = made(startFailed(chosen(), { generation: 1n, failure, retry }, 40));
    expect(nextWork(failed, { ...view, now: 1e12 }).do).toBe('blocked');
    expect(nextWork(failed, { ...view, fingerprint: 'g' }).do).toBe('prepare');
  });

  test('lets open sessions linger, and stops as soon as there are none', () => {
    const lingering = disable(readyConsole(), 5_000);
    expect(nextWork(lingering, { ...view, openSessions: 1 })).toEqual({ do: 'wait', until: 5_000 });
    expect(nextWork(lingering, { ...view, openSessions: 0 }).do).toBe('stop');
    expect(nextWork(lingering, { ...view, openSessions: 1, now: 5_000 }).do).toBe('stop');
  });
});
