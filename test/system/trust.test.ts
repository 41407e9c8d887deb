import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createAuthority } from '../harness/certificates.ts';
import { startMesh } from '../harness/mesh.ts';
import { knock } from '../harness/open-console.ts';
import { createUser } from '../harness/user.ts';
import { compose, inside, root } from './docker.ts';

const minute = 60_000;
const listNodes = 'consolemesh.conductor.v1.NodeService/ListNodes';
/**
 * What a client is told whose certificate was refused. In TLS 1.3 it has begun to speak by then: either the alert
 * reaches it, or the end of the connection overtakes the alert. Who was refused, and why, only the conductor knows.
 */
const turnedAway = /certificate required|unknown certificate authority|bad certificate|"unavailable"/i;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'consolemesh-trust-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

it('lets a user with a certificate in, who finds out by reflection what there is', async () => {
  const { nodes } = JSON.parse(await call(files(inject('project').admin), listNodes)) as {
    nodes: { name: string }[];
  };
  expect(nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['vnc-1', 'idrac-1', 'idrac-2']));
});

it('refuses who shows no certificate, counts it and writes it down', async () => {
  const { ca } = files(inject('project').admin);
  const before = await refusedHandshakes();
  await expect(call({ ca }, listNodes, 'proto')).rejects.toThrow(turnedAway);
  expect(await refusedHandshakes()).toBeGreaterThan(before);
  expect(await conductorsSaid('refused a client for its certificate')).toContain('NO_CERTIFICATE');
});

it('refuses a certificate of another authority, though it says that it is an administrator, counts it and writes it down', async () => {
  await using authority = await createAuthority('consolemesh.local');
  await authority.issue('user/admin');
  const { ca } = files(inject('project').admin);
  const foreign = {
    ca,
    cert: join(authority.folder, 'user-admin.pem'),
    key: join(authority.folder, 'user-admin.key'),
  };
  const before = await refusedHandshakes();
  await expect(call(foreign, listNodes, 'proto')).rejects.toThrow(turnedAway);
  expect(await refusedHandshakes()).toBeGreaterThan(before);
  expect(await conductorsSaid('refused a client for its certificate')).toMatch(/CERT_|UNABLE_TO_/);
  // It was the certificate: the very same call with ours goes through.
  await expect(call(files(inject('project').admin), listNodes, 'proto')).resolves.toContain('vnc-1');
});

it('refuses a service what only users may do, counts it and writes it down', async () => {
  const folder = join(scratch, 'novncproxy');
  await compose('cp', 'novncproxy-1:/run/secrets/novncproxy/.', folder);
  await expect(call(files(folder), listNodes)).rejects.toThrow(/permission_denied/i);
  expect(await conductorsSaid('refused a call')).toContain('service/novncproxy');
  expect(
    await counted('consolemesh_rpc_identities_refused_total', 'conductor-1', 'conductor-2'),
  ).toBeGreaterThan(0);
});

it(
  'refuses a token of another mesh, and one that nobody ever issued, counts it and writes it down',
  async () => {
    await using other = await startMesh();
    const user = createUser(other);
    await user.node('elsewhere');
    await user.enable('elsewhere');
    const theirs = new URL((await user.link('elsewhere')).url).hash;
    for (const hash of [theirs, '#token=nobody&node=vnc-1']) {
      using tab = await knock(`http://127.0.0.1:${inject('project').pagePort}/${hash}`);
      const { closing } = await tab.closed;
      expect(closing).toMatchObject({ canResume: false });
      expect(`${closing?.reason}`).toMatch(/^TOKEN_/);
    }
    const said = await compose('logs', '--no-log-prefix', 'novncproxy-1', 'novncproxy-2');
    expect(said).toMatch(/TOKEN_/);
    const proxies = ['novncproxy-1', 'novncproxy-2'];
    expect(await counted('consolemesh_openings_refused_total', ...proxies)).toBeGreaterThanOrEqual(2);
  },
  minute,
);

/** Clients that both conductors have refused in the TLS handshake. */
function refusedHandshakes(): Promise<number> {
  const method = 'consolemesh_rpc_identities_refused_total{method="handshake"';
  return counted(method, 'conductor-1', 'conductor-2');
}

/** Lines of both conductors' logs that hold this text. */
async function conductorsSaid(text: string): Promise<string> {
  const said = await compose('logs', '--no-log-prefix', 'conductor-1', 'conductor-2');
  return said
    .split('\n')
    .filter((line) => line.includes(text))
    .join('\n');
}

/** Sum of a counter over its labels and over services. */
async function counted(metric: string, ...services: string[]): Promise<number> {
  const ask = `console.log(await (await fetch('http://127.0.0.1:9464/metrics')).text());`;
  const texts = await Promise.all(services.map((service) => inside(service, ask)));
  const rows = texts
    .join('\n')
    .split('\n')
    .filter((line) => line.startsWith(metric));
  return rows.reduce((sum, row) => sum + Number(row.trim().split(' ').at(-1)), 0);
}

interface Files {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

function files(folder: string): Required<Files> {
  return { ca: join(folder, 'ca.pem'), cert: join(folder, 'tls.pem'), key: join(folder, 'tls.key') };
}

/** Calls the published API with `buf curl`, a client written in Go, which learns the contract by reflection unless it is told a folder with it. */
async function call({ ca, cert, key }: Files, method: string, schema?: string): Promise<string> {
  const own = cert && key ? ['--cert', cert, '--key', key] : [];
  const url = `https://127.0.0.1:${inject('project').apiPort}/${method}`;
  const known = schema === undefined ? [] : ['--schema', schema];
  const shown = ['--cacert', ca, ...own, '--servername', 'conductor', '--protocol', 'grpc'];
  const args = ['curl', ...known, ...shown, '--data', '{}', url];
  const { stdout } = await promisify(execFile)('node_modules/.bin/buf', args, { cwd: root, timeout: 30_000 });
  return stdout;
}
