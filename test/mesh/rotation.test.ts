import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { HealthCheckResponse_ServingStatus, HealthDefinition } from '@consolemesh/contracts/health';
import {
  type CertificateFiles,
  connect,
  type FollowedTrust,
  followCertificates,
  type Logger,
  mtlsFromFiles,
  parseTarget,
  silentLogger,
} from '@consolemesh/mesh';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';
import { openConsole } from '../harness/open-console.ts';
import { createUser } from '../harness/user.ts';
import { startVncTarget } from '../harness/vnc-target.ts';

const trustDomain = 'mesh.test';
const identities = [
  ...['conductor', 'token', 'novncproxy', 'bmc-driver-vnc', 'bmc-driver-fake', 'container-provider-fake'].map(
    (name) => `service/${name}`,
  ),
  'user/ada',
];
let folder: string;
let lines: { level: string; text: string; why?: string }[];
const followed = new Map<string, FollowedTrust>();
const logger: Logger = {
  ...silentLogger,
  info: (fields, text) => void lines.push({ level: 'info', text, ...fields }),
  error: (fields, text) => void lines.push({ level: 'error', text, ...fields }),
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consolemesh-rotation-'));
  lines = [];
});
afterEach(async () => {
  for (const one of followed.values()) one[Symbol.dispose]();
  followed.clear();
  await rm(folder, { recursive: true, force: true });
});

const filesOf = (identity: string, at = folder): CertificateFiles => ({
  caFile: join(at, 'ca.pem'),
  certificateFile: join(at, `${identity.replace('/', '-')}.pem`),
  keyFile: join(at, `${identity.replace('/', '-')}.key`),
});

/** The trust of an identity whose files lie in `at`; looked at when `lookAtAll` says so, or each `everyMs`. */
function follow(identity: string, { at = folder, everyMs = 0, now = Date.now } = {}): FollowedTrust {
  const known = followed.get(identity);
  if (known) return known;
  const files = filesOf(identity, at);
  const first = mtlsFromFiles({ trustDomain, ...files });
  if (first.kind !== 'mtls') throw new Error('no mTLS');
  const one = followCertificates(first, files, { logger, everyMs, now });
  followed.set(identity, one);
  return one;
}

/** Two looks of everybody: the second one finds the same as the first. */
async function lookAtAll(): Promise<boolean[]> {
  for (const one of followed.values()) await one.look();
  return Promise.all([...followed.values()].map((one) => one.look()));
}

/** Puts the certificates of an authority where the services look; the authority file holds all of `trusted`. */
async function install(from: Authority, ...trusted: Authority[]): Promise<void> {
  for (const identity of identities) {
    const trust = from.trust(identity);
    if (trust.kind !== 'mtls') throw new Error('no mTLS');
    const files = filesOf(identity);
    await writeFile(files.keyFile, trust.key);
    await writeFile(files.certificateFile, trust.certificate);
  }
  await writeFile(join(folder, 'ca.pem'), Buffer.concat(trusted.map((one) => caOf(one))));
}

function caOf(authority: Authority): Buffer {
  const trust = authority.trust('user/ada');
  if (trust.kind !== 'mtls') throw new Error('no mTLS');
  return trust.ca;
}

async function newAuthority(): Promise<Authority> {
  const authority = await createAuthority(trustDomain);
  await authority.issue(...identities);
  return authority;
}

/** Serial number of the certificate that a server shows to a new connection. */
function serialAt(target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ ...parseTarget(target)!, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.on('error', () => {});
      socket.destroy();
    });
  });
}

const targetsOf = (mesh: Mesh) =>
  [mesh.conductors, mesh.tokens, mesh.proxies, mesh.vncDrivers, mesh.fakeDrivers, mesh.providers]
    .flat()
    .map(({ target }) => target);
const serialsOf = (mesh: Mesh) => Promise.all(targetsOf(mesh).map(serialAt));

/** One call over a new connection. */
async function callAs(mesh: Mesh, trust: Parameters<typeof connect>[1]['trust']): Promise<number> {
  using connection = connect(mesh.conductors[0]!.target, { trust });
  return (await connection.client(HealthDefinition).check({ service: '' })).status;
}

test('certificates and the authority are exchanged under an open session; the old authority is refused afterwards', {
  timeout: 60_000,
}, async () => {
  await using old = await newAuthority();
  await using next = await newAuthority();
  await install(old, old);
  await using mesh = await startMesh({ trust: (identity) => follow(identity).trust });
  await using machine = await startVncTarget();
  const user = createUser(mesh);
  const info = { vnc_address: machine.host, vnc_port: `${machine.port}` };
  await user.node('rotated', { driver: 'vnc', info, route: 'relay' });
  await user.enable('rotated');
  using tab = await openConsole((await user.link('rotated')).url);
  const picture = await tab.screen();
  const before = await serialsOf(mesh);
  const oldMember = old.trust('user/ada');
  const newMember = next.trust('user/ada');

  // The new authority is believed by everybody before anybody shows its certificates.
  await install(old, old, next);
  expect(await lookAtAll()).not.toContain(false);
  expect(await serialsOf(mesh)).toEqual(before);
  expect(await callAs(mesh, { ...newMember, ca: caOf(old) } as typeof newMember)).toBe(
    HealthCheckResponse_ServingStatus.SERVING,
  );

  await install(next, old, next);
  expect(await lookAtAll()).not.toContain(false);
  const after = await serialsOf(mesh);
  expect(after.filter((serial) => before.includes(serial))).toEqual([]);
  expect(await tab.screen()).toEqual(picture);
  expect(await callAs(mesh, { ...oldMember, ca: caOf(next) } as typeof oldMember)).toBe(
    HealthCheckResponse_ServingStatus.SERVING,
  );

  await install(next, next);
  expect(await lookAtAll()).not.toContain(false);
  await expect(callAs(mesh, { ...oldMember, ca: caOf(next) } as typeof oldMember)).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
  });
  expect(await callAs(mesh, newMember)).toBe(HealthCheckResponse_ServingStatus.SERVING);

  // The session that began under the old authority still carries bytes both ways, and a new one opens.
  tab.press(0x61);
  expect(await tab.screen()).toEqual(picture);
  expect(machine.keys).toContain(0x61);
  mesh.proxies[0]!.kill();
  await mesh.proxies[0]!.restart();
  using again = await openConsole((await createUser(mesh).link('rotated')).url);
  expect(await again.screen()).toEqual(picture);
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a channel that loses its connection comes back with the new certificates', {
  timeout: 60_000,
}, async () => {
  await using old = await newAuthority();
  await using next = await newAuthority();
  await install(old, old);
  await using mesh = await startMesh({
    trust: (identity) => follow(identity).trust,
    proxies: 0,
    providers: 0,
  });
  const user = createUser(mesh);
  await user.node('channel');
  await user.enable('channel');
  await user.link('channel');
  await install(next, next);
  expect(await lookAtAll()).not.toContain(false);
  // The token service believes the new authority alone now, and so does the conductor, whose channel is as old as the mesh.
  mesh.tokens[0]!.kill();
  await mesh.tokens[0]!.restart();
  await expect.poll(() => user.link('channel').catch(() => undefined), { timeout: 20_000 }).toBeDefined();
});

test('a service as a process takes new certificates without being told', { timeout: 60_000 }, async () => {
  await using old = await newAuthority();
  await using next = await newAuthority();
  await install(old, old);
  const files = filesOf('service/token');
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const main = [`${root}/node_modules/tsx/dist/esm/index.mjs`, `${root}/services/token/src/main.ts`] as const;
  const child = spawn(process.execPath, ['--import', ...main], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      CONSOLEMESH_LISTEN: '127.0.0.1:0',
      CONSOLEMESH_TRUST_DOMAIN: trustDomain,
      CONSOLEMESH_TLS_CA_FILE: files.caFile,
      CONSOLEMESH_TLS_CERTIFICATE_FILE: files.certificateFile,
      CONSOLEMESH_TLS_KEY_FILE: files.keyFile,
    },
  });
  const exited = once(child, 'exit');
  try {
    const said = createInterface({ input: child.stdout });
    const ready = async () => {
      for await (const line of said) {
        const target = /dns:\/\/\/127\.0\.0\.1:\d+/.exec(line);
        if (target) return target[0];
      }
      throw new Error('the service ended without saying where it serves');
    };
    const target = await ready();
    child.stdout.resume();
    const before = await serialAt(target);
    using standing = connect(target, { trust: old.trust('user/ada') });
    const health = standing.client(HealthDefinition);
    await health.check({ service: '' });
    await install(next, next);
    await expect.poll(() => serialAt(target), { timeout: 30_000, interval: 100 }).not.toBe(before);
    using newcomer = connect(target, { trust: next.trust('user/ada') });
    await newcomer.client(HealthDefinition).check({ service: '' });
    await health.check({ service: '' });
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
});

const broken: readonly [string, RegExp, (next: Authority, files: CertificateFiles) => Promise<void>][] = [
  [
    'a certificate that is cut short',
    /certificate is cut short/,
    (_, files) => truncate(files.certificateFile, 300),
  ],
  [
    'an authority that is cut short',
    /authority is cut short/,
    async (next, files) => {
      const both = Buffer.concat([await readFile(files.caFile), caOf(next)]);
      await writeFile(files.caFile, both.subarray(0, both.length - 100));
    },
  ],
  ['an empty authority', /authority holds no certificate/, (_, files) => truncate(files.caFile)],
  ['a key that is cut short', /key cannot be read/, (_, files) => truncate(files.keyFile, 100)],
  [
    'the key of another certificate',
    /key does not belong to the certificate/,
    async (next, files) => {
      const trust = next.trust('service/token');
      if (trust.kind === 'mtls') await writeFile(files.keyFile, trust.key);
    },
  ],
  [
    'a certificate for somebody else',
    /names user\/ada instead of service\/token/,
    async (next, files) => {
      const trust = next.trust('user/ada');
      if (trust.kind !== 'mtls') return;
      await writeFile(files.keyFile, trust.key);
      await writeFile(files.certificateFile, trust.certificate);
    },
  ],
  ['no certificate at all', /cannot be read \(ENOENT\)/, (_, files) => rm(files.certificateFile)],
];

test.each(broken)('%s changes nothing and is told once', async (_title, why, breakIt) => {
  await using old = await newAuthority();
  await using next = await newAuthority();
  await install(old, old);
  const files = filesOf('service/token');
  const { trust, look } = follow('service/token');
  const before = trust.renewal!.current();
  await breakIt(next, files);
  for (let i = 0; i < 5; i += 1) expect(await look()).toBe(false);
  expect(trust.renewal!.current()).toBe(before);
  expect(lines).toHaveLength(1);
  expect(lines[0]!.why).toMatch(why);
  expect(JSON.stringify(lines)).not.toMatch(/BEGIN|PRIVATE/);

  await install(next, next);
  expect([await look(), await look()]).toEqual([false, true]);
});

test('a certificate that has expired, or that is not valid yet, changes nothing', async () => {
  await using old = await newAuthority();
  await using next = await newAuthority();
  await install(old, old);
  let now = Date.now();
  const { look } = follow('service/token', { now: () => now });
  await install(next, next);
  const day = 86_400_000;
  for (const [later, why] of [
    [100 * day, /has expired on/],
    [-day, /is not valid before/],
  ] as const) {
    now = Date.now() + later;
    lines = [];
    await look();
    expect(await look()).toBe(false);
    if (later > 0) expect(lines[0]!.why).toMatch(why);
  }
  now = Date.now();
  expect(await look()).toBe(true);
});

test('files that change while they are looked at are not used before they rest', async () => {
  await using old = await newAuthority();
  await using next = await newAuthority();
  await install(old, old);
  const { look } = follow('service/token');
  const certificate = filesOf('service/token').certificateFile;
  const original = await readFile(certificate);
  await install(next, next);
  expect(await look()).toBe(false);
  await writeFile(certificate, original);
  expect(await look()).toBe(false);
  expect(lines).toEqual([]);
});

test('certificates that cannot be used are refused at the start, in one line', async () => {
  await using old = await newAuthority();
  await install(old, old);
  await cp(filesOf('user/ada').keyFile, filesOf('service/token').keyFile);
  expect(() => follow('service/token')).toThrow(
    /service-token\.pem and .*service-token\.key: the key does not belong to the certificate$/,
  );
});

test('by itself it notices renamed files and the swapped links of Kubernetes', {
  timeout: 60_000,
}, async () => {
  await using old = await newAuthority();
  await using next = await newAuthority();
  await install(old, old);
  // As kubelet lays a volume out: ca.pem -> ..data/ca.pem, ..data -> ..1
  const volume = join(folder, 'volume');
  for (const [name, authority] of [
    ['..1', old],
    ['..2', next],
  ] as const) {
    await mkdir(join(volume, name), { recursive: true });
    await install(authority, authority);
    for (const file of Object.values(filesOf('service/token'))) {
      await cp(file, file.replace(folder, join(volume, name)));
    }
  }
  await symlink('..1', join(volume, '..data'));
  for (const file of Object.values(filesOf('service/token', volume))) {
    await symlink(file.replace(volume, '..data'), file);
  }
  const { trust } = follow('service/token', { at: volume, everyMs: 5 });
  // One by one: each file that rests counts, so the certificates may follow their authority.
  const used = (name: string) =>
    expect
      .poll(() => trust.renewal!.current().certificate.toString(), { timeout: 20_000, interval: 5 })
      .toBe(readFileSync(join(volume, name, 'service-token.pem'), 'utf8'));
  await symlink('..2', join(volume, '..data_tmp'));
  await rename(join(volume, '..data_tmp'), join(volume, '..data'));
  await used('..2');
  for (const file of Object.values(filesOf('service/token', volume))) {
    await cp(file.replace(volume, join(volume, '..1')), `${file}.new`);
    await rename(`${file}.new`, file);
  }
  await used('..1');
});
