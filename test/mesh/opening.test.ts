import { ObservedState, SessionState } from '@consolemesh/contracts/conductor';
import { closeCode } from '@consolemesh/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { enter, knock, openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';
import { startVncTarget, type VncTarget } from '../harness/vnc-target.ts';

let mesh: Mesh;
let user: User;
let machine: VncTarget;
/** How far the token service's clock is ahead, ms. */
let ahead = 0;
let nodes = 0;

beforeAll(async () => {
  machine = await startVncTarget();
  mesh = await startMesh({ proxies: 2, token: { clock: () => Date.now() + ahead } });
  user = createUser(mesh);
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await machine[Symbol.asyncDispose]();
});

/** A node with a VNC server whose console is READY. */
async function ready(
  info: Record<string, string> = {},
  route: 'direct' | 'relay' = 'direct',
): Promise<string> {
  const name = `n${nodes++}`;
  const address = { vnc_address: machine.host, vnc_port: `${machine.port}`, ...info };
  await user.node(name, { driver: 'vnc', info: address, route });
  expect(await user.enable(name)).toMatchObject({ observed: ObservedState.READY });
  return name;
}

const portOf = (proxy: number) => ({ port: mesh.proxies[proxy]!.lines[1]!.port });

describe('a console', () => {
  test('opens through any proxy with the same link', async () => {
    const { url } = await user.link(await ready());
    for (const proxy of [0, 1]) {
      using tab = await openConsole(url, portOf(proxy));
      expect(tab.opened).toMatchObject({
        kind: 'graphical',
        role: 'control',
        node: expect.stringMatching(/^n/),
      });
      expect(await tab.screen()).toHaveLength(32 * 16 * 4);
    }
  });

  test.each(['direct', 'relay'] as const)('shows the screen and takes keys, %s', async (route) => {
    using tab = await openConsole((await user.link(await ready({}, route))).url);
    const [blue, green, red] = await tab.screen();
    expect([red, green, blue]).toEqual([0x33, 0x66, 0x99]);
    const before = machine.keys.length;
    tab.press(0x61);
    await eventually(() => machine.keys.slice(before).includes(0x61));
  });

  test.each(['direct', 'relay'] as const)('shows a container, %s', async (route) => {
    const name = `n${nodes++}`;
    await user.node(name, { info: { fake_endpoint: 'container' }, route });
    expect(await user.enable(name)).toMatchObject({ observed: ObservedState.READY, provider: 'fake' });
    using tab = await openConsole((await user.link(name)).url);
    expect((await tab.screen()).subarray(0, 3)).toEqual(Buffer.from([0x88, 0x44, 0x22]));
    await user.disable(name);
    expect(mesh.containers.size).toBe(0);
  });

  test('shows its screen to a viewer and drops what the viewer types', async () => {
    const node = await ready({ vnc_max_sessions: '2' });
    using viewer = await openConsole((await user.link(node, { role: 'view' })).url);
    using typist = await openConsole((await user.link(node)).url);
    expect(viewer.opened.role).toBe('view');
    const before = machine.keys.length;
    viewer.press(0x62);
    // What the viewer sent before this picture was read and dropped before it was answered.
    await viewer.screen();
    typist.press(0x63);
    await eventually(() => machine.keys.slice(before).includes(0x63));
    expect(machine.keys.slice(before)).not.toContain(0x62);
  });
});

describe('a console with no place left', () => {
  test('tells the second who is in and since when, and the first who took over', async () => {
    const node = await ready({ vnc_max_sessions: '1' });
    const before = Date.now();
    using first = await openConsole((await user.link(node, { subject: 'ada' })).url);
    using second = await knock((await user.link(node, { subject: 'bob' })).url, portOf(1));
    const inUse = await second.next();
    expect(inUse).toMatchObject({ type: 'in-use', subject: 'ada', mayTakeOver: true });
    expect(Date.parse(String(inUse.since))).toBeGreaterThanOrEqual(before - 1_000);
    second.send({ type: 'take-over' });
    using taken = await enter(second);
    await taken.screen();
    const { code, reason, closing } = await first.closed;
    expect({ code, reason }).toEqual({ code: closeCode('SESSION_TAKEN_OVER'), reason: 'SESSION_TAKEN_OVER' });
    expect(closing).toMatchObject({ canResume: false, message: expect.stringContaining('bob') });
  });

  test.each(['direct', 'relay'] as const)(
    'is taken over also where nobody bears two for a moment, %s',
    async (route) => {
      await using single = await startVncTarget(undefined, { most: 1 });
      const node = await ready({ vnc_port: `${single.port}`, vnc_max_sessions: '1' }, route);
      let tab = await openConsole((await user.link(node)).url);
      for (const proxy of [1, 0, 1]) {
        const before = tab;
        tab = await openConsole((await user.link(node)).url, { ...portOf(proxy), takeOver: true });
        await tab.screen();
        expect(await before.closed).toMatchObject({ reason: 'SESSION_TAKEN_OVER' });
      }
      tab[Symbol.dispose]();
    },
  );

  test('admits as many as the machine bears, and the next when one has left', async () => {
    const node = await ready({ vnc_max_sessions: '2' });
    const { url } = await user.link(node);
    using _first = await openConsole(url);
    const second = await openConsole(url, portOf(1));
    using third = await knock(url);
    expect(await third.next()).toMatchObject({ type: 'in-use' });
    expect(await user.console(node)).toMatchObject({ sessions: 2, maxSessions: 2 });
    second[Symbol.dispose]();
    await eventually(async () => (await user.console(node)).sessions === 1);
    third.send({ type: 'retry' });
    using opened = await enter(third);
    await opened.screen();
  });

  test('does not let a viewer end a session that controls', async () => {
    const node = await ready({ vnc_max_sessions: '1' });
    using first = await openConsole((await user.link(node)).url);
    using viewer = await knock((await user.link(node, { role: 'view' })).url, { takeOver: true });
    expect(await viewer.next()).toMatchObject({ type: 'in-use', mayTakeOver: false });
    await first.screen();
  });
});

describe('a session ends', () => {
  test('when its console is disabled, after that is committed', async () => {
    const node = await ready();
    using tab = await openConsole((await user.link(node)).url);
    await user.disable(node);
    expect(await tab.closed).toMatchObject({ reason: 'CONSOLE_DISABLED', closing: { canResume: false } });
    using late = await knock(mesh.publicUrl, { resume: tab.ticket });
    expect(await late.next()).toMatchObject({ type: 'closing', reason: 'CONSOLE_DISABLED' });
  });

  test.each(['token', 'console', 'subject'] as const)('when its %s is revoked', async (what) => {
    const node = await ready();
    const { url, tokenId } = await user.link(node, { subject: `eve-${what}` });
    using tab = await openConsole(url);
    const { id } = await user.console(node);
    await user.tokens.revokeTokens({
      selector:
        what === 'token'
          ? { $case: 'tokenId', value: tokenId }
          : what === 'console'
            ? { $case: 'consoleId', value: id }
            : { $case: 'subject', value: 'eve-subject' },
      message: 'Enough.',
    });
    expect((await tab.closed).closing).toMatchObject({
      reason: 'TOKEN_REVOKED',
      message: 'Enough.',
      canResume: false,
    });
    using again = await knock(url);
    expect(await again.next()).toMatchObject({ type: 'closing', reason: 'TOKEN_REVOKED' });
  });

  test('when an operator terminates it, with the operator’s words', async () => {
    using tab = await openConsole((await user.link(await ready())).url);
    const sessionId = String(tab.opened.session);
    await user.sessions.terminateSession({ sessionId, message: 'Maintenance begins.' });
    expect((await tab.closed).closing).toMatchObject({
      reason: 'SESSION_TERMINATED',
      message: 'Maintenance begins.',
    });
    const { session } = await user.sessions.getSession({ sessionId });
    expect(session).toMatchObject({ state: SessionState.ENDED, end: { reason: 'SESSION_TERMINATED' } });
  });
});

test('a tab goes on at the other proxy with its ticket when its own has died, even after its token', async () => {
  const node = await ready({ vnc_max_sessions: '1' });
  using tab = await openConsole((await user.link(node)).url, portOf(0));
  mesh.proxies[0]!.kill();
  expect(await tab.closed).toMatchObject({ code: 1006, closing: undefined });
  ahead += 3_600_000;
  using again = await openConsole(mesh.publicUrl, { ...portOf(1), resume: tab.ticket });
  expect(again.opened).toMatchObject({ session: tab.opened.session, role: 'control' });
  await again.screen();
  using third = await openConsole(mesh.publicUrl, { ...portOf(1), resume: again.ticket });
  // Until its successor was used, the first ticket would have been good: its answer might have been lost.
  using stolen = await knock(mesh.publicUrl, { ...portOf(1), resume: tab.ticket });
  expect(await stolen.next()).toMatchObject({ type: 'closing', reason: 'RESUME_INVALID' });
  await third.screen();
  await mesh.proxies[0]!.restart();
});
