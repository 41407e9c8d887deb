import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { knock, openConsole } from '../harness/open-console.ts';
import { createUser, type User } from '../harness/user.ts';

let mesh: Mesh;
let user: User;
/** How far the token service's clock is ahead, ms. */
let ahead = 0;

beforeAll(async () => {
  mesh = await startMesh({
    vncDrivers: 0,
    providers: 0,
    token: { clock: () => Date.now() + ahead, sessionMaxMs: 2_500 },
  });
  user = createUser(mesh);
  await user.node('n1');
  await user.enable('n1');
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** What the proxy answers to a token instead of opening. */
async function refusal(token: string): Promise<unknown> {
  using tab = await knock(`${mesh.publicUrl}#token=${token}`);
  const closing = await tab.next();
  expect(await tab.closed).toMatchObject({ reason: closing.reason });
  return closing;
}

describe('a token', () => {
  test('that has expired opens nothing', async () => {
    const { token } = await user.link('n1', { ttlMs: 60_000 });
    ahead += 61_000;
    expect(await refusal(token)).toMatchObject({ reason: 'TOKEN_EXPIRED', canResume: false });
  });

  test('for a single use opens once', async () => {
    const { url, token } = await user.link('n1', { singleUse: true });
    using _tab = await openConsole(url);
    expect(await refusal(token)).toMatchObject({ reason: expect.stringMatching(/^TOKEN_/) });
  });

  test('from elsewhere, cut short, lengthened or empty opens nothing and is told nothing more', async () => {
    const { token } = await user.link('n1');
    const foreign = Buffer.alloc(32, 7).toString('base64url');
    for (const bad of [
      foreign,
      token.slice(0, -1),
      `${token}A`,
      token.toLowerCase(),
      '%00',
      'x'.repeat(5_000),
    ]) {
      expect(await refusal(bad)).toMatchObject({
        reason: expect.stringMatching(/^(TOKEN_INVALID|PROTOCOL_VIOLATION)$/),
      });
    }
  });

  test('of an earlier generation opens nothing', async () => {
    const { token } = await user.link('n1');
    await user.disable('n1');
    expect(await refusal(token)).toMatchObject({ reason: 'CONSOLE_DISABLED' });
    expect(await user.enable('n1')).toMatchObject({ generation: 2n });
    expect(await refusal(token)).toMatchObject({ reason: 'STALE_GENERATION', canResume: false });
  });

  test('is made for no node that does not exist, and for no console that is not on', async () => {
    await expect(user.link('nobody')).rejects.toMatchObject({ reason: 'NODE_NOT_FOUND' });
    await user.node('n2');
    await expect(user.link('n2')).rejects.toMatchObject({ reason: 'CONSOLE_DISABLED' });
  });
});

test('a session ends when its longest duration is over, and its ticket with it', async () => {
  ahead = 0;
  using tab = await openConsole((await user.link('n1')).url);
  expect((await tab.closed).closing).toMatchObject({ reason: 'SESSION_EXPIRED', canResume: false });
  using again = await knock(mesh.publicUrl, { resume: tab.ticket });
  expect(await again.next()).toMatchObject({
    reason: expect.stringMatching(/^(SESSION_EXPIRED|RESUME_INVALID)$/),
  });
});
