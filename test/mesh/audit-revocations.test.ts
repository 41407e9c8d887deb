import { createAuditCheck } from '@consolemesh/contracts';
import type { AuditEvent } from '@consolemesh/contracts/conductor';
import { expect, test } from 'vitest';
import { createAuthority } from '../harness/certificates.ts';
import { startMesh } from '../harness/mesh.ts';
import { openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';
import { startVncTarget } from '../harness/vnc-target.ts';

const services = ['conductor', 'token', 'novncproxy', 'bmc-driver-vnc', 'bmc-driver-fake'];
const identities = [...services, 'container-provider-fake'].map((name) => `service/${name}`);

async function read(user: User): Promise<AuditEvent[]> {
  const { events } = await user.audit.listAuditEvents({ oldestFirst: true, pageSize: 1000 });
  const check = createAuditCheck();
  for (const event of events) expect(check.add(event)).toBeUndefined();
  expect(check.end()).toBeUndefined();
  return events;
}

const revocations = async (user: User) =>
  (await read(user))
    .filter(({ kind }) => kind === 'token.revoked' || kind === 'audit.gap')
    .map(({ actor, subject, tokenId, fields }) =>
      [actor, subject, tokenId, ...fields.filter((field) => !field.startsWith('at='))]
        .filter(Boolean)
        .join(' '),
    );

test('who wrote and who revoked is in the log once, with two conductors, also when they or the token service were away', {
  timeout: 90_000,
}, async () => {
  await using authority = await createAuthority();
  await authority.issue(...identities, 'user/ada');
  await using machine = await startVncTarget();
  await using mesh = await startMesh({ conductors: 2, trust: authority.trust });
  const ada = createUser(mesh, mesh.conductorTarget, 'user/ada');
  const info = { vnc_address: machine.host, vnc_port: `${machine.port}` };
  await ada.node('n1', { driver: 'vnc', info });
  await ada.enable('n1');
  const link = await ada.link('n1', { subject: 'bob' });
  using tab = await openConsole(link.url);
  await tab.screen();
  tab.press(0x61);
  await expect.poll(() => machine.keys, { timeout: 10_000 }).toContain(0x61);
  const wrote = async () =>
    (await read(ada)).filter(({ kind }) => kind === 'session.wrote').map(({ subject }) => subject);
  await expect.poll(wrote, { timeout: 10_000 }).toEqual(['bob']);

  await ada.tokens.revokeTokens({ selector: { $case: 'tokenId', value: link.tokenId } });
  expect(await tab.closed).toMatchObject({ reason: 'TOKEN_REVOKED' });
  const first = `user/ada ${link.tokenId} revision=1 revoked=1`;
  await expect.poll(() => revocations(ada), { timeout: 10_000 }).toEqual([first]);

  // Nobody follows while this is revoked, and the token service starts anew before anybody does again.
  for (const conductor of mesh.conductors) conductor.kill();
  await ada.tokens.revokeTokens({ selector: { $case: 'subject', value: 'eve' } });
  mesh.tokens[0]!.kill();
  await mesh.tokens[0]!.restart();
  await Promise.all(mesh.conductors.map((conductor) => conductor.restart()));
  const second = 'user/ada eve revision=2 revoked=0';
  await expect.poll(() => revocations(ada).catch(() => []), { timeout: 30_000 }).toEqual([first, second]);

  await expect
    .poll(
      () =>
        ada.tokens.revokeTokens({ selector: { $case: 'subject', value: 'mallory' } }).catch(() => undefined),
      {
        timeout: 20_000,
      },
    )
    .toBeDefined();
  const third = 'user/ada mallory revision=3 revoked=0';
  await expect.poll(() => revocations(ada), { timeout: 30_000 }).toEqual([first, second, third]);
  const ended = (await read(ada)).find(({ kind }) => kind === 'session.ended');
  expect(ended).toMatchObject({ subject: 'bob', reason: 'TOKEN_REVOKED' });
  expect(ended?.fields).toEqual([expect.stringMatching(/^input_bytes=[1-9]\d*$/)]);
});
