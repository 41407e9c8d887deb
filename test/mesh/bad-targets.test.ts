import { ObservedState } from '@consolemesh/contracts/conductor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BadTarget, badListener, closedPort, hangingPort } from '../harness/bad-targets.ts';
import { eventually } from '../harness/eventually.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';
import { startVncTarget } from '../harness/vnc-target.ts';

let mesh: Mesh;
let user: User;

beforeAll(async () => {
  mesh = await startMesh({ providers: 0 });
  user = createUser(mesh);
});
afterAll(() => mesh[Symbol.asyncDispose]());

const vnc = (port: number, more: Record<string, string> = {}) => ({
  driver: 'vnc',
  info: { vnc_address: '127.0.0.1', vnc_port: `${port}`, ...more },
});

const bad: readonly [string, string, () => Promise<BadTarget>][] = [
  ['where nobody listens', 'BMC_REFUSED', closedPort],
  ['that never says anything', 'BMC_TIMEOUT', badListener],
  ['that does not answer connections', 'BMC_TIMEOUT', hangingPort],
  ['that hangs up at once', 'BMC_PROTOCOL_ERROR', () => badListener((socket) => socket.end())],
  [
    'that speaks HTTP',
    'BMC_PROTOCOL_ERROR',
    () => badListener((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
  ],
  [
    'that resets in the middle of a word',
    'BMC_(ERROR|PROTOCOL_ERROR)',
    () => badListener((socket) => void socket.write('RFB 00', () => socket.resetAndDestroy())),
  ],
];

describe('a machine', () => {
  test.concurrent.each(bad)(
    '%s makes its console FAILED with %s',
    { timeout: 60_000 },
    async (what, reason, start) => {
      await using target = await start();
      const name = what.replaceAll(' ', '-');
      await user.node(name, vnc(target.port));
      const failed = await eventually(
        () => user.enable(name),
        ({ observed }) => observed === ObservedState.FAILED,
        { withinMs: 50_000 },
      );
      expect(failed.lastError?.reason).toMatch(new RegExp(`^${reason}$`));
      expect(failed.lastError?.message).toContain('vnc');
      await expect(user.link(name)).rejects.toMatchObject({ reason: 'CONSOLE_NOT_READY' });
      await user.disable(name);
    },
  );

  test('that refuses the password is not asked again until the password changes', async () => {
    await user.node('locked', { ...vnc((await closedPort()).port), secrets: {} });
    await user.node('wrong', { info: {}, secrets: { fake_password: 'wrong' } });
    const failed = await user.enable('wrong');
    expect(failed).toMatchObject({
      observed: ObservedState.FAILED,
      lastError: { reason: 'BMC_AUTHENTICATION_FAILED' },
    });
    expect(failed.nextAttemptAt).toBeUndefined();
    expect(JSON.stringify(failed, (_key, value) => (typeof value === 'bigint' ? 0 : value))).not.toContain(
      'fake_password',
    );
  });

  test.each(['direct', 'relay'] as const)(
    'that dies in the middle ends the session with its reason, %s',
    async (route) => {
      await using machine = await startVncTarget();
      const name = `dies-${route}`;
      await user.node(name, { ...vnc(machine.port), route });
      await user.enable(name);
      using tab = await openConsole((await user.link(name)).url);
      await tab.screen();
      machine.reset();
      const { closing } = await tab.closed;
      expect(closing).toMatchObject({
        reason: expect.stringMatching(/^UPSTREAM_(LOST|CLOSED)$/),
        canResume: false,
      });
      using again = await openConsole((await user.link(name)).url, { takeOver: true });
      await again.screen();
    },
  );

  test('leaves no session behind, whatever it did', async () => {
    const carried = () => mesh.proxies.reduce((sum, { running }) => sum + running.sessions, 0);
    await eventually(() => carried() === 0);
    const { sessions } = await user.sessions.listSessions({ includeEnded: false });
    // What may come back is detached: it holds no place.
    await eventually(async () =>
      (await user.sessions.listSessions({})).sessions.every(({ state }) => state > 2),
    );
    expect(sessions.length).toBeLessThanOrEqual(4);
  });
});
