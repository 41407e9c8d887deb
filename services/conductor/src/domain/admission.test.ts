import type { MeshError } from '@consolemesh/errors';
import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { type AdmissionRequest, admit, reattach } from './admission.ts';
import { disable } from './disable.ts';
import { accessChanged } from './enable.ts';
import type { Failure } from './failure.ts';
import type { Role } from './kinds.ts';
import { endSession } from './session.ts';
import { aSession, beingStarted, readyConsole } from './testing.ts';

const grant = {
  sessionId: 'new',
  consoleId: 'console-1',
  generation: 1n,
  kind: 'graphical',
  role: 'control',
  subject: 'bob',
  tokenId: 't2',
  sessionExpiresAt: 9_000_000,
} as const;

const request = (change: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  grant,
  proxyId: 'proxy-2',
  clientAddress: '198.51.100.7',
  takeOver: false,
  console: readyConsole(),
  existing: undefined,
  holding: [],
  maxSessionsCap: 16,
  now: 1_000,
  ...change,
});

const reasonOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as MeshError).reason;
  }
  return 'admitted';
};

describe('admission', () => {
  test('a free place is given, as OPENING', () => {
    expect(admit(request())).toMatchObject({
      outcome: 'admit',
      ends: [],
      session: { id: 'new', state: 'opening', proxyId: 'proxy-2', openedAt: 1_000, expiresAt: 9_000_000 },
    });
  });

  test('needs the grant to be for the present generation of an enabled console that can be opened', () => {
    const on = readyConsole();
    expect(reasonOf(() => admit(request({ console: undefined })))).toBe('CONSOLE_NOT_FOUND');
    expect(reasonOf(() => admit(request({ console: disable(on, undefined) })))).toBe('CONSOLE_DISABLED');
    expect(reasonOf(() => admit(request({ console: accessChanged(on) })))).toBe('STALE_GENERATION');
    expect(reasonOf(() => admit(request({ console: beingStarted() })))).toBe('CONSOLE_NOT_READY');
    expect(reasonOf(() => admit(request({ now: 9_000_000 })))).toBe('SESSION_EXPIRED');
    expect(reasonOf(() => admit(request({ grant: { ...grant, kind: 'serial' } })))).toBe('CONSOLE_NOT_FOUND');
  });

  test('without a place it says who is in the way, since when, and whether they may be ended', () => {
    const holding = [aSession({ id: 'b', openedAt: 300 }), aSession({ id: 'a', openedAt: 200 })];
    const busy = request({ holding, console: readyConsole(2) });
    expect(admit(busy)).toMatchObject({ outcome: 'in-use', blocking: { id: 'a' }, mayTakeOver: true });
    const view = { ...busy, grant: { ...grant, role: 'view' as const }, takeOver: true };
    expect(admit(view)).toMatchObject({ outcome: 'in-use', blocking: { id: 'a' }, mayTakeOver: false });
  });

  test('a take-over ends the oldest control session and nobody else', () => {
    const holding = [
      aSession({ id: 'viewer', role: 'view', openedAt: 100 }),
      aSession({ id: 'young', openedAt: 300 }),
      aSession({ id: 'old', openedAt: 200 }),
    ];
    const outcome = admit(request({ holding, console: readyConsole(3), takeOver: true }));
    expect(outcome).toMatchObject({ outcome: 'admit', ends: [{ id: 'old' }] });
  });

  test('settings cap what an endpoint bears, and an endpoint that says nothing bears one', () => {
    const holding = [aSession()];
    expect(admit(request({ holding, console: readyConsole(9), maxSessionsCap: 1 })).outcome).toBe('in-use');
    expect(admit(request({ holding, console: readyConsole(0) })).outcome).toBe('in-use');
    expect(admit(request({ holding, console: readyConsole(9) })).outcome).toBe('admit');
  });

  test('a session that holds a place keeps it when it comes back at another proxy', () => {
    const existing = aSession({ id: 'new', openedAt: 50, expiresAt: 5_000 });
    const outcome = admit(request({ existing, holding: [existing, aSession({ id: 'other' })] }));
    expect(outcome).toMatchObject({
      outcome: 'admit',
      ends: [],
      session: { proxyId: 'proxy-2', openedAt: 50, expiresAt: 5_000 },
    });
  });

  test('a detached session holds no place and has to find a free one', () => {
    const existing = aSession({ id: 'new', state: 'detached' });
    expect(admit(request({ existing, holding: [aSession({ id: 'other' })] })).outcome).toBe('in-use');
    expect(admit(request({ existing })).outcome).toBe('admit');
  });

  test('a session that somebody ended does not come back; one that only lost its connection does', () => {
    const ended = (reason: Failure['reason']) =>
      endSession(aSession({ id: 'new' }), { reason, message: 'because', at: 1 });
    expect(reasonOf(() => admit(request({ existing: ended('SESSION_TERMINATED') })))).toBe(
      'SESSION_TERMINATED',
    );
    expect(reasonOf(() => admit(request({ existing: ended('SESSION_TAKEN_OVER') })))).toBe(
      'SESSION_TAKEN_OVER',
    );
    expect(reasonOf(() => admit(request({ existing: ended('CLIENT_LOST') })))).toBe('admitted');
  });

  test('while a disabled console lingers, only those who were in may come back', () => {
    const lingering = disable(readyConsole(), 5_000);
    expect(reasonOf(() => admit(request({ console: lingering })))).toBe('CONSOLE_DISABLED');
    expect(reasonOf(() => admit(request({ console: lingering, existing: aSession({ id: 'new' }) })))).toBe(
      'admitted',
    );
    const late = request({ console: lingering, existing: aSession({ id: 'new' }), now: 5_000 });
    expect(reasonOf(() => admit(late))).toBe('CONSOLE_DISABLED');
  });

  prop.prop([
    fc.array(fc.record({ role: fc.constantFrom<Role>('control', 'view'), takeOver: fc.boolean() }), {
      maxLength: 40,
    }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
  ])(
    'never admits more than there are places, and a viewer never ends who controls',
    (arrivals, max, cap) => {
      let holding: ReturnType<typeof aSession>[] = [];
      for (const [index, { role, takeOver }] of arrivals.entries()) {
        const outcome = admit(
          request({
            grant: { ...grant, role, sessionId: `s${index}` },
            console: readyConsole(max),
            maxSessionsCap: cap,
            holding,
            takeOver,
            now: 1_000 + index,
          }),
        );
        if (outcome.outcome === 'in-use') continue;
        if (role === 'view') expect(outcome.ends.every((ended) => ended.role === 'view')).toBe(true);
        const ended = new Set(outcome.ends.map(({ id }) => id));
        holding = [...holding.filter(({ id }) => !ended.has(id)), outcome.session];
        expect(holding.length).toBeLessThanOrEqual(Math.min(max, cap));
      }
    },
  );
});

describe('a session whose proxy was silent', () => {
  test('goes on when its place is free and ends when somebody has it', () => {
    const silent = aSession({ state: 'detached' });
    expect(reattach(silent, readyConsole(), [], 16, 500).state).toBe('open');
    const other = aSession({ id: 'other', subject: 'bob' });
    expect(reattach(silent, readyConsole(), [other], 16, 500)).toMatchObject({
      state: 'ended',
      end: { reason: 'SESSION_TAKEN_OVER', message: expect.stringContaining('bob') },
    });
  });
});
