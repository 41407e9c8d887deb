import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthDefinition } from '@consolemesh/contracts/health';
import { certificateIdentity, connect, mtlsFromFiles, serve, silentLogger } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { runCli } from './testing.ts';

const makeFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-certs-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

test('an authority issues certificates with exactly one URI SAN, and keys that only their owner reads', async () => {
  await using made = await makeFolder();
  const { folder } = made;
  expect((await runCli(['certs', 'init', folder, '--trust-domain', 'mesh.example'])).code).toBe(0);
  const argv = [
    'certs',
    'issue',
    folder,
    'service/conductor',
    'user/alice',
    '--dns',
    'c1.example',
    '--ip',
    '192.0.2.9',
  ];
  expect((await runCli(argv)).code).toBe(0);

  const ca = new X509Certificate(await readFile(join(folder, 'ca.pem')));
  const conductor = new X509Certificate(await readFile(join(folder, 'service-conductor.pem')));
  expect(conductor.verify(ca.publicKey)).toBe(true);
  expect([ca.ca, conductor.ca]).toEqual([true, false]);
  const subjectaltname = conductor.subjectAltName ?? '';
  expect(subjectaltname.match(/URI:/g)).toHaveLength(1);
  expect(subjectaltname).toContain('DNS:c1.example');
  expect(subjectaltname).toContain('192.0.2.9');
  expect(certificateIdentity({ subjectaltname }, 'mesh.example')).toEqual({
    kind: 'service',
    name: 'conductor',
  });
  expect(Date.parse(conductor.validTo)).toBeLessThanOrEqual(Date.parse(ca.validTo));
  for (const name of ['ca.key', 'service-conductor.key', 'user-alice.key']) {
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  }
});

test('a service and a user with these certificates speak mTLS, and the service knows who calls', async () => {
  await using made = await makeFolder();
  const { folder } = made;
  await runCli(['certs', 'init', folder]);
  await runCli(['certs', 'issue', folder, '--all']);
  const trust = (name: string) =>
    mtlsFromFiles({
      trustDomain: 'consolemesh.local',
      caFile: join(folder, 'ca.pem'),
      certificateFile: join(folder, `${name}.pem`),
      keyFile: join(folder, `${name}.key`),
    });
  const listen = { host: '127.0.0.1', port: 0 };
  await using server = await serve({
    listen,
    trust: trust('service-conductor'),
    logger: silentLogger,
    services: [],
  });
  using connection = connect(server.target, { trust: trust('user-admin') });
  expect(await connection.client(HealthDefinition).check({})).toEqual({ status: 1 });
  const identity = [
    '--tls-ca',
    'ca.pem',
    '--tls-certificate',
    'user-admin.pem',
    '--tls-key',
    'user-admin.key',
  ];
  const files = identity.map((word) => (word.startsWith('--') ? word : join(folder, word)));
  const { code, stderr } = await runCli(['node', 'list', '--api', `127.0.0.1:${server.port}`, ...files]);
  // The call arrived, and this server serves no nodes.
  expect({ code, stderr }).toMatchObject({
    code: 8,
    stderr: expect.stringContaining('is not the conductor'),
  });
});

test('nothing is replaced unless asked, and an identity that is none is refused before anything is written', async () => {
  await using made = await makeFolder();
  const { folder } = made;
  expect((await runCli(['certs', 'issue', folder, '--all'])).stderr).toContain('make an authority with');
  await runCli(['certs', 'init', folder]);
  const before = await readFile(join(folder, 'ca.key'), 'utf8');
  const again = await runCli(['certs', 'init', folder]);
  expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('exists already') });
  expect(await readFile(join(folder, 'ca.key'), 'utf8')).toBe(before);
  await runCli(['certs', 'issue', folder, 'user/a']);
  const twice = await runCli(['certs', 'issue', folder, 'user/new', 'user/a']);
  expect(twice).toMatchObject({ code: 4, stderr: expect.stringContaining('--replace') });
  await expect(stat(join(folder, 'user-new.key'))).rejects.toThrow('ENOENT');
  expect((await runCli(['certs', 'issue', folder, 'user/a', '--replace'])).code).toBe(0);
  for (const wrong of ['conductor', 'service/', 'service/a/b', 'local', 'service/../x']) {
    const { code, stderr } = await runCli(['certs', 'issue', folder, 'user/b', wrong]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('is no identity') });
  }
  await expect(stat(join(folder, 'user-b.key'))).rejects.toThrow('ENOENT');
  expect((await runCli(['certs', 'issue', folder, 'user/b', '--ip', '300.1.1.1'])).code).toBe(2);
});
