import { inspect } from 'node:util';
import { NodeServiceDefinition } from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { combineUsers, createOidcUsers, type Logger } from '@consolemesh/mesh';
import { ChannelCredentials } from '@grpc/grpc-js';
import { type Channel, createChannel, createClient, Metadata } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { type Issuer, issuerAudience, startIssuer } from '../harness/issuer.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { createUser } from '../harness/user.ts';

let issuer: Issuer;
let other: Issuer;
let authority: Authority;
let mesh: Mesh;
let bare: Channel;
let bareToken: Channel;
/** How far the clocks of keys and of wrong tokens are ahead, ms. */
let ahead = 0;
const said: string[] = [];
const shown: string[] = [];

beforeAll(async () => {
  issuer = await startIssuer({
    ada: { groups: ['dev'] },
    olga: { groups: ['not a group', 'ops', 7 as never] },
    'a|b': {},
  });
  other = await startIssuer({ ada: {} });
  authority = await createAuthority();
  await authority.issue('service/conductor', 'service/token', 'service/bmc-driver-fake', 'user/eve');
  const tell = (fields: object, text: string) => void said.push(`${text} ${inspect(fields, { depth: 10 })}`);
  const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => logger };
  const users = combineUsers(
    undefined,
    createOidcUsers({
      issuer: issuer.url,
      audience: issuerAudience,
      usernameClaim: 'sub',
      groupsClaim: 'groups',
      logger,
      clock: () => performance.now() + ahead,
    }),
  );
  const administrators = ['group/ops', 'user/eve'];
  mesh = await startMesh({
    ...{ proxies: 0, providers: 0, vncDrivers: 0 },
    trust: authority.trust,
    logger,
    conductor: { users, administrators },
    token: { users, administrators },
  });
  [bare, bareToken] = [mesh.conductors[0]!, mesh.tokens[0]!].map(({ target }) => {
    const trust = authority.trust('user/eve');
    if (trust.kind !== 'mtls') throw new Error('no mTLS');
    return createChannel(
      target.replace('dns:///127.0.0.1', 'localhost'),
      ChannelCredentials.createSsl(trust.ca),
    );
  }) as [Channel, Channel];
});
afterAll(async () => {
  bare.close();
  bareToken.close();
  await mesh[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

const nodes = () => createClient(NodeServiceDefinition, bare);
function bearer(token: string) {
  shown.push(token);
  return { metadata: Metadata({ authorization: `Bearer ${token}` }) };
}
const list = (token: string) => nodes().listNodes({}, bearer(token));

describe('a token of the issuer', () => {
  test('makes its bearer the user that it names', async () => {
    const administrator = createUser(mesh, mesh.conductorTarget, 'user/eve');
    await administrator.nodes.createNode({ node: { name: 'of-ada', owner: 'ada' } });
    const { nodes: shown } = await list(await issuer.token('ada'));
    expect(shown.map(({ name }) => name)).toEqual(['of-ada']);
  });

  test('makes an administrator by a group, and not by a claim that is none', async () => {
    await createUser(mesh, mesh.conductorTarget, 'user/eve').node('of-nobody');
    const names = async (token: string) => (await list(token)).nodes.map(({ name }) => name);
    expect(await names(await issuer.token('olga'))).toEqual(['of-ada', 'of-nobody']);
    expect(await names(await issuer.token('ada'))).toEqual(['of-ada']);
    expect(await names(issuer.forge({ sub: 'x', groups: 'ops' }))).toEqual(['of-ada', 'of-nobody']);
    expect(await names(issuer.forge({ sub: 'x', groups: { ops: true } }))).toEqual([]);
    expect(await names(issuer.forge({ sub: 'x', groups: ['group/ops', 'OPS', 'dev,group/ops'] }))).toEqual(
      [],
    );
  });

  test('counts at the token service, where administrators alone list and revoke', async () => {
    const tokens = createClient(TokenServiceDefinition, bareToken);
    await tokens.listTokens({}, bearer(await issuer.token('olga')));
    const call = tokens.listTokens({}, bearer(await issuer.token('ada')));
    await expect(call).rejects.toThrow(/PERMISSION_DENIED: user\/ada may not call/);
  });

  test('is nothing beside a certificate, which alone counts', async () => {
    const eve = mesh.connect(mesh.conductors[0]!.target, 'user/eve').client(NodeServiceDefinition);
    const asAda = bearer(await issuer.token('ada'));
    const { node } = await eve.createNode({ node: { name: 'of-eve', owner: 'zoe' } }, asAda);
    expect(node?.owner).toBe('zoe');
    await eve.deleteNode({ node: 'of-eve' });
  });
});

describe('a token is refused', () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const none = /UNAUTHENTICATED: The token is none that the issuer/;
  const wrong: [string, () => string | Promise<string>, RegExp][] = [
    ['that has expired', () => issuer.forge({ exp: now() - 60 }), /UNAUTHENTICATED: The token has expired/],
    ['that never expires', () => issuer.forge({ exp: undefined }), none],
    ['whose time has not come', () => issuer.forge({ nbf: now() + 60 }), /not valid yet/],
    ['for another audience', () => issuer.token('ada', 'https://other.test'), /another audience/],
    ['without an audience', () => issuer.forge({ aud: undefined }), /another audience/],
    ['of another issuer', () => other.token('ada'), none],
    ['that names another issuer', () => issuer.forge({ iss: other.url }), /of another issuer/],
    ['that nobody has signed', () => issuer.forge({}, { signed: 'none' }), none],
    ['that is signed with the public key as a secret', () => issuer.forge({}, { signed: 'hmac' }), none],
    ['that somebody else has signed', () => issuer.forge({}, { signed: 'foreign' }), none],
    [
      'that is signed by a key which it brings',
      () => issuer.forge({}, { signed: 'foreign', header: { jku: `${other.url}/jwks` } }),
      none,
    ],
    ['that wants something unknown', () => issuer.forge({}, { header: { crit: ['x'], x: 1 } }), none],
    ['that was changed', async () => changed(await issuer.token('ada')), none],
    ['that is none', () => 'x.y.z', none],
    ['that is too long', () => issuer.forge({ long: 'x'.repeat(7_000) }), none],
    ['with a name that no identity can hold', () => issuer.token('a|b'), /no name that an identity can hold/],
    ['with a name that is no text', () => issuer.forge({ sub: 7 }), /no name that an identity can hold/],
    ['without a name', () => issuer.forge({ sub: undefined }), /no name that an identity can hold/],
  ];
  test.each(wrong)('%s', async (_, make, message) => {
    await expect(list(await make())).rejects.toThrow(message);
  });

  test('where only passwords could be meant, and the other way round', async () => {
    const metadata = Metadata({ authorization: `Basic ${Buffer.from('ada:x').toString('base64')}` });
    await expect(nodes().listNodes({}, { metadata })).rejects.toThrow(/does not take this kind/);
    await expect(nodes().listNodes({})).rejects.toThrow(/or a token in `authorization: Bearer/);
  });

  test('after many wrong ones from the same address, until a minute has passed', async () => {
    const good = await issuer.token('ada');
    const outcomes = new Set<string>();
    for (let i = 0; i < 110; i += 1) {
      await list('x.y.z').catch((error: Error) => outcomes.add(/[A-Z_]{8,}/.exec(error.message)![0]));
    }
    expect([...outcomes]).toEqual(['UNAUTHENTICATED', 'RESOURCE_EXHAUSTED']);
    await expect(list(good)).rejects.toThrow(/too many wrong/);
    ahead += 61_000;
    await list(good);
  });

  function changed(token: string): string {
    const [header, payload, signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString());
    const other = Buffer.from(JSON.stringify({ ...claims, groups: ['ops'] })).toString('base64url');
    return [header, other, signature].join('.');
  }
});

describe('the keys of the issuer', () => {
  test('are asked for once for many calls, and again when another one signs, but not for each wrong name of a key', async () => {
    const before = issuer.requests();
    const good = await issuer.token('ada');
    await Promise.all(Array.from({ length: 10 }, () => list(good)));
    expect(issuer.requests()).toBe(before + 1);
    ahead += 11_000;
    const unknown = () => list(issuer.forge({}, { header: { kid: 'unknown' } })).catch(() => {});
    await Promise.all([unknown(), unknown(), unknown()]);
    await unknown();
    // The provider was asked where its keys are and then for them, once.
    expect(issuer.requests()).toBe(before + 3);
  });

  test('change without a restart, and one that is gone does not count any more', async () => {
    const old = await issuer.token('ada');
    await list(old);
    issuer.rotate();
    ahead += 11_000;
    await list(await issuer.token('ada'));
    await expect(list(old)).rejects.toThrow(/UNAUTHENTICATED/);
  });

  test('count for an hour when the issuer does not answer; then its users are told so, and others are served', async () => {
    const good = await issuer.token('ada');
    await list(good);
    await issuer.stop();
    ahead += 30 * 60_000;
    await list(good);
    ahead += 31 * 60_000;
    await expect(list(good)).rejects.toThrow(/UNAVAILABLE: The issuer of the tokens does not answer/);
    await createUser(mesh, mesh.conductorTarget, 'user/eve').nodes.listNodes({});
    await issuer.start();
    ahead += 4_000;
    await list(good);
    expect(said.filter((line) => line.startsWith('the issuer of tokens does not answer')).length).toBe(1);
    expect(said.some((line) => line.startsWith('the issuer of tokens answers again'))).toBe(true);
  });
});

test('no log has a token', () => {
  expect(said.length).toBeGreaterThan(0);
  const all = said.join('\n');
  for (const token of shown) if (token.length > 20) expect(all).not.toContain(token.slice(-20));
});
