import { inspect } from 'node:util';
import { createAuditCheck } from '@consolemesh/contracts';
import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { startMesh } from '../harness/mesh.ts';
import { knock, openConsole } from '../harness/open-console.ts';
import { createUser } from '../harness/user.ts';
import { startVncTarget } from '../harness/vnc-target.ts';

test('two conductors write one audit log of what happens at the door, with no secret in it', async () => {
  await using machine = await startVncTarget();
  await using mesh = await startMesh({ conductors: 2 });
  const ada = createUser(mesh);
  const [one, other] = mesh.conductors.map(({ target }) => createUser(mesh, target));
  const vncPassword = 'canaryV4';
  await one!.node('n1', {
    driver: 'vnc',
    info: { vnc_address: machine.host, vnc_port: `${machine.port}`, vnc_max_sessions: '1' },
    secrets: { vnc_password: vncPassword },
  });
  expect(await other!.enable('n1')).toMatchObject({ observed: ObservedState.READY });
  const links = [await one!.link('n1', { subject: 'bob' }), await other!.link('n1', { subject: 'eve' })];

  using first = await openConsole(links[0]!.url);
  await first.screen();
  using refused = await knock(links[1]!.url);
  expect(await refused.next()).toMatchObject({ type: 'in-use' });
  const { sessions } = await ada.sessions.listSessions({});
  await other!.sessions.terminateSession({ sessionId: sessions[0]!.id, message: 'canary-sentence' });
  expect(await first.closed).toMatchObject({ reason: 'SESSION_TERMINATED' });
  using second = await openConsole(links[0]!.url);
  await second.screen();
  await one!.consoles.disableConsole({ node: 'n1', kind: ConsoleKind.GRAPHICAL, force: true });
  await eventually(async () => (await ada.sessions.listSessions({})).sessions.length === 0);
  expect(await second.closed).toMatchObject({ reason: 'CONSOLE_DISABLED' });

  const { events, nextPageToken } = await other!.audit.listAuditEvents({ oldestFirst: true });
  expect(nextPageToken).toBe('');
  expect(
    events.map(({ kind, subject, forced, reason }) =>
      [kind, subject, forced ? 'forced' : '', reason].filter(Boolean).join(' '),
    ),
  ).toEqual([
    'node.created',
    'console.enabled',
    'token.issued bob',
    'token.issued eve',
    'session.opened bob',
    'session.granted-control bob',
    'session.refused eve CONSOLE_IN_USE',
    'session.ended bob SESSION_TERMINATED',
    'session.opened bob',
    'session.granted-control bob',
    'console.disabled forced',
    'session.ended bob CONSOLE_DISABLED',
  ]);
  const check = createAuditCheck();
  for (const event of events) expect(check.add(event)).toBeUndefined();
  const text = inspect(events, { depth: null, maxArrayLength: null });
  const tokens = links.flatMap(({ token, url }) => [token, url]);
  for (const canary of [vncPassword, 'canary-sentence', ...tokens]) expect(text).not.toContain(canary);
});
