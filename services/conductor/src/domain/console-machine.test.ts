import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { type ConsoleRecord, incarnationOf, isActive } from './console.ts';
import { disable } from './disable.ts';
import { accessChanged, enable } from './enable.ts';
import type { Failure } from './failure.ts';
import {
  attempt,
  degraded,
  driverChosen,
  opened,
  prepared,
  startFailed,
  stopFailed,
  stopped,
} from './progress.ts';
import {
  aConsole,
  aHolder,
  anEndpoint,
  beingStarted,
  chosen,
  made,
  readyConsole,
  someSecrets,
} from './testing.ts';

const failure: Failure = { reason: 'BMC_UNREACHABLE', message: 'no route', at: 50 };
const later = { kind: 'at', at: 1_050, attempts: 1 } as const;

describe('what the user wants', () => {
  test('enabling a disabled console makes a new generation and enabling it again keeps it', () => {
    const on = enable(aConsole(), 'f');
    expect(on).toMatchObject({ desired: 'enabled', generation: 1n, state: { observed: 'starting' } });
    expect(enable(on, 'f')).toBe(on);
    expect(enable(readyConsole(), 'f').generation).toBe(1n);
  });

  test('a failed console is tried again at once when it is enabled again', () => {
    const failed = made(startFailed(chosen(), { generation: 1n, failure, retry: later }, 50));
    expect(enable(failed, 'f')).toMatchObject({
      generation: 1n,
      state: { observed: 'starting' },
      retry: { kind: 'none' },
    });
  });

  test('refused credentials are not tried again by enabling, until the access has changed', () => {
    const retry = { kind: 'blocked', fingerprint: 'old', attempts: 1 } as const;
    const failed = made(startFailed(chosen(), { generation: 1n, failure, retry }, 50));
    expect(enable(failed, 'old')).toBe(failed);
    expect(enable(failed, 'new').retry).toEqual({ kind: 'none' });
  });

  test('disabling what exists leads through stopping, and what does not exist is off at once', () => {
    expect(disable(readyConsole(), undefined)).toMatchObject({
      desired: 'disabled',
      state: { observed: 'stopping' },
    });
    expect(disable(enable(aConsole(), 'f'), undefined).state).toEqual({ observed: 'stopped' });
    expect(isActive(disable(enable(aConsole(), 'f'), undefined))).toBe(false);
  });

  test('a second disable without linger ends the linger of the first, and a longer one does not prolong it', () => {
    const lingering = disable(readyConsole(), 5_000);
    expect(disable(lingering, undefined).lingerUntil).toBeUndefined();
    expect(disable(lingering, 9_000)).toBe(lingering);
  });

  test('changed access makes an enabled console anew and leaves a disabled one alone', () => {
    const next = accessChanged(readyConsole());
    expect(next).toMatchObject({ generation: 2n, state: { observed: 'stopping' } });
    expect(incarnationOf(next.state)?.generation).toBe(1n);
    const off = aConsole();
    expect(accessChanged(off)).toBe(off);
  });

  test('changed access has a stop that waits for its next try tried at once', () => {
    const stuck = made(
      stopFailed(disable(readyConsole(), undefined), { stopped: 1n, failure, retry: later }, 60),
    );
    expect(accessChanged(stuck)).toMatchObject({ state: { observed: 'stopping' }, retry: { kind: 'none' } });
  });
});

describe('the steps of a start', () => {
  test('a step of a generation that is not wanted any more changes nothing', () => {
    const moved = accessChanged(beingStarted());
    expect(
      prepared(moved, { generation: 1n, holder: aHolder, restoreState: Buffer.alloc(0), changes: [] }, 1),
    ).toBeUndefined();
    expect(attempt(disable(beingStarted(), undefined), 1n)).toBeUndefined();
    expect(startFailed(moved, { generation: 1n, failure, retry: later }, 1)).toBeUndefined();
  });

  test('a driver is chosen once for an incarnation', () => {
    const record = chosen();
    const again = { generation: 1n, driver: 'other', why: '', secrets: someSecrets };
    expect(driverChosen(record, again, 1)).toBeUndefined();
  });

  test('a failure before it was ever ready shows FAILED, one afterwards DEGRADED', () => {
    const step = { generation: 1n, failure, retry: later };
    expect(made(startFailed(beingStarted(), step, 50)).state.observed).toBe('failed');
    const lost = made(degraded(readyConsole(), { generation: 1n, failure, again: true }, 40));
    expect(lost.state).toMatchObject({ observed: 'degraded', incarnation: { progress: 'prepared' } });
    expect(made(startFailed(lost, step, 50)).state.observed).toBe('degraded');
  });

  test('being ready clears the error and the back-off, and names the conditions in the order of a start', () => {
    const record = readyConsole();
    expect(record).toMatchObject({ lastError: undefined, retry: { kind: 'none' } });
    expect(record.conditions.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'DriverChosen true',
      'Prepared true',
      'Started true',
      'Reachable true',
    ]);
  });

  test('what a stop could not restore stays visible', () => {
    const off = made(
      stopped(disable(readyConsole(), undefined), { stopped: 1n, leftChanged: ['VNC stays on.'] }, 60),
    );
    expect(off.state).toEqual({ observed: 'stopped' });
    expect(off.conditions).toEqual([
      { type: 'Restored', status: false, reason: 'LeftChanged', message: 'VNC stays on.', since: 60 },
    ]);
  });

  test('a failed stop stays stopping with its error', () => {
    const record = made(
      stopFailed(disable(readyConsole(), undefined), { stopped: 1n, failure, retry: later }, 60),
    );
    expect(record).toMatchObject({ state: { observed: 'stopping' }, lastError: failure, retry: later });
  });

  test('a console that is stopped for the sake of its conductor comes back with a new generation', () => {
    const record = made(stopped(readyConsole(), { stopped: 1n, leftChanged: [], again: true }, 60));
    expect(record).toMatchObject({ desired: 'enabled', generation: 2n, state: { observed: 'stopped' } });
    expect(isActive(record)).toBe(true);
  });
});

/** Any order of events, each aimed at the present or at an older generation. */
const steps: Record<string, (record: ConsoleRecord, generation: bigint) => ConsoleRecord | undefined> = {
  enable: (record) => enable(record, 'f'),
  disable: (record) => disable(record, undefined),
  linger: (record) => disable(record, 5_000),
  change: accessChanged,
  attempt,
  choose: (record, generation) =>
    driverChosen(record, { generation, driver: 'd', why: '', secrets: someSecrets }, 1),
  prepare: (record, generation) =>
    prepared(record, { generation, holder: aHolder, restoreState: Buffer.alloc(0), changes: [] }, 1),
  open: (record, generation) =>
    opened(
      record,
      {
        generation,
        why: '',
        endpointKind: 'tcp',
        endpoints: [anEndpoint],
        driverState: undefined,
        maxSessions: 1,
        unverifiedTls: false,
      },
      1,
    ),
  lose: (record, generation) => degraded(record, { generation, failure, again: true }, 1),
  fail: (record, generation) => startFailed(record, { generation, failure, retry: later }, 1),
  stop: (record, generation) => stopped(record, { stopped: generation, leftChanged: [] }, 1),
};

describe('any order of events', () => {
  prop.prop([
    fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.bigInt({ min: 0n, max: 2n })), {
      maxLength: 60,
    }),
  ])('keeps the record consistent', (events) => {
    let record = aConsole();
    for (const [name, age] of events) {
      const before = record;
      record = steps[name]!(record, record.generation - age) ?? record;
      const { state } = record;
      expect(record.generation).toBeGreaterThanOrEqual(before.generation);
      const incarnation = incarnationOf(state);
      expect(incarnation?.generation ?? 0n).toBeLessThanOrEqual(record.generation);
      if (state.observed === 'ready') {
        expect(record.desired).toBe('enabled');
        expect(incarnation).toMatchObject({ generation: record.generation, progress: 'reachable' });
      }
      // What may exist at a plugin is never forgotten but by being stopped.
      if (incarnationOf(before.state) && !incarnation) expect(name).toBe('stop');
      if (record.desired === 'disabled' && incarnation) expect(state.observed).toBe('stopping');
    }
  });
});
