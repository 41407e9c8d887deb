import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { NodeServiceDefinition, type NodeServiceImplementation } from '@consolemesh/contracts/conductor';
import { bind, type MeshServer, mtlsFromFiles, principalOf, serve, silentLogger } from '@consolemesh/mesh';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommandLine } from './run-command-line.ts';
import { fakeNode, runCli } from './testing.ts';

const password = 'a long and plain password';
let folder: string;
let server: MeshServer;
/** Headers that came in, and who was then taken for the caller. */
const came: string[] = [];
const callers: string[] = [];
let onDelete: () => Promise<void> = async () => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consolemesh-credentials-'));
  await runCli(['certs', 'init', file('certs')]);
  await runCli(['certs', 'issue', file('certs'), 'service/conductor', 'user/eve']);
  await writeFile(file('password'), `${password}\n`);
  server = await start({
    async judge(authorization) {
      came.push(authorization);
      const basic = `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;
      return authorization === basic || /^Bearer token-\d$/.test(authorization) ? { user: 'ada' } : 'wrong';
    },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const file = (name: string) => join(folder, name);
const ca = () => ['--tls-ca', file('certs/ca.pem')];
const certificate = () => [
  ...['--tls-certificate', file('certs/user-eve.pem')],
  ...['--tls-key', file('certs/user-eve.key')],
];

function start(users: Parameters<typeof serve>[0]['users']): Promise<MeshServer> {
  const nodes = {
    async listNodes(_: unknown, call: Parameters<typeof principalOf>[0]) {
      const { identity } = principalOf(call);
      callers.push(identity.kind === 'local' ? 'local' : identity.name);
      return { nodes: [fakeNode()] };
    },
    async deleteNode() {
      await onDelete();
      return {};
    },
  } as unknown as NodeServiceImplementation;
  const trust = mtlsFromFiles({
    trustDomain: 'consolemesh.local',
    caFile: file('certs/ca.pem'),
    certificateFile: file('certs/service-conductor.pem'),
    keyFile: file('certs/service-conductor.key'),
  });
  const listen = { host: '127.0.0.1', port: 0 };
  const services = [bind(NodeServiceDefinition, nodes)];
  return serve({ listen, trust, logger: silentLogger, drainMs: 0, users, services });
}

const run = (options: string[], env: Record<string, string> = {}, command = ['node', 'list']) =>
  runCli(['--api', `127.0.0.1:${server.port}`, ...options, ...command], { env });

test('a name and the password of a file are shown over TLS, from options or from the environment', async () => {
  const given = await run([...ca(), '--user', 'ada', '--password-file', file('password')]);
  expect(given).toMatchObject({ code: 0, stderr: '' });
  const variables = await run([], {
    CONSOLEMESH_TLS_CA_FILE: file('certs/ca.pem'),
    CONSOLEMESH_USER: 'ada',
    CONSOLEMESH_PASSWORD_FILE: file('password'),
  });
  expect(variables).toMatchObject({ code: 0, stderr: '' });
  expect(callers.splice(0)).toEqual(['ada', 'ada']);
});

test('a token is read anew for each call, so whoever renews its file needs no restart', async () => {
  await writeFile(file('token'), 'token-1\n');
  onDelete = () => writeFile(file('token'), 'token-2\n');
  came.length = 0;
  const command = ['node', 'delete', 'a', 'b'];
  expect(await run([...ca(), '--bearer-file', file('token')], {}, command)).toMatchObject({ code: 0 });
  expect(came).toEqual(['Bearer token-1', 'Bearer token-2']);
});

test('a file that holds no token any more ends the call and says why', async () => {
  await writeFile(file('token'), 'token-1\n');
  onDelete = () => writeFile(file('token'), '');
  const command = ['node', 'delete', 'a', 'b'];
  const { code, stderr } = await run([...ca(), '--bearer-file', file('token')], {}, command);
  expect(code).toBe(6);
  expect(stderr).toContain('holds no token');
});

test('a terminal is asked for the password, which it does not show', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  const terminal = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true });
  let shown = '';
  const asked = new Promise<void>((resolve) => {
    terminal.on('data', (text: string) => {
      shown += text;
      if (shown.includes('password of ada')) resolve();
    });
  });
  const io = { stdout: terminal, stderr: terminal, stdin, env: {}, stop: () => new AbortController().signal };
  const argv = ['--api', `127.0.0.1:${server.port}`, ...ca(), '--user', 'ada', 'node', 'list'];
  const running = runCommandLine(argv, io as never);
  await asked;
  stdin.write(`${password}\r`);
  expect(await running).toBe(0);
  expect(shown).not.toContain(password);
});

test('a wrong password is told apart from a service that takes none', async () => {
  await writeFile(file('other'), 'another password');
  const wrong = await run([...ca(), '--user', 'ada', '--password-file', file('other')]);
  expect(wrong.code).toBe(6);
  expect(wrong.stderr).toContain('The name or the password is wrong. (UNAUTHENTICATED)');
  expect(wrong.stderr).not.toContain('another password');
  await using strict = await start(undefined);
  const refused = await runCli([
    ...['--api', `127.0.0.1:${strict.port}`, ...ca()],
    ...['--user', 'ada', '--password-file', file('password'), 'node', 'list'],
  ]);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('ends the connection because no certificate is shown');
});

test('a certificate goes on as before', async () => {
  expect(await run([...ca(), ...certificate()])).toMatchObject({ code: 0 });
  expect(callers.at(-1)).toBe('eve');
});

const contradictions: [string, () => string[], string][] = [
  [
    'a password and a token',
    () => [...ca(), '--user', 'ada', '--bearer-file', file('token')],
    '--user (CONSOLEMESH_USER) and --bearer-file (CONSOLEMESH_BEARER_FILE) contradict',
  ],
  [
    'a password and a certificate',
    () => [...ca(), ...certificate(), '--user', 'ada'],
    '--user and a certificate contradict',
  ],
  [
    'a token and a certificate',
    () => [...ca(), ...certificate(), '--bearer-file', file('token')],
    '--bearer-file and a certificate contradict',
  ],
  ['a password without TLS', () => ['--user', 'ada'], '--user needs --tls-ca'],
  ['a password of nobody', () => [...ca(), '--password-file', file('password')], 'needs --user'],
  [
    'no password and no terminal',
    () => [...ca(), '--user', 'ada'],
    'there is no terminal to ask for the password on',
  ],
  ['an identity for a name', () => [...ca(), '--user', 'user/ada'], 'without user/'],
  [
    'a file that is not there',
    () => [...ca(), '--user', 'ada', '--password-file', '/no'],
    '--password-file: /no cannot be read (ENOENT)',
  ],
  ['an authority alone', () => ca(), 'without a certificate it is --tls-ca with --user or --bearer-file'],
];
test.each(contradictions)(
  '%s is refused in words, before anything is called',
  async (_, options, message) => {
    callers.length = 0;
    const { code, stderr } = await run(options());
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(callers).toEqual([]);
  },
);
