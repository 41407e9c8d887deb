import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runCommandLine } from '@consolemesh/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { type Mesh, startMesh } from '../harness/mesh.ts';

const services = [
  'conductor',
  'token',
  'novncproxy',
  'bmc-driver-vnc',
  'bmc-driver-fake',
  'container-provider-fake',
];
let authority: Authority;
let other: Authority;
let mesh: Mesh;
let port: string;

beforeAll(async () => {
  [authority, other] = [await createAuthority(), await createAuthority()];
  await authority.issue(...services.map((name) => `service/${name}`), 'user/ada');
  // One certificate toward the mesh and for the door, as a small installation has it.
  await authority.issue('service/serialproxy', '--dns', 'localhost');
  const file = (name: string) => join(authority.folder, `service-serialproxy.${name}`);
  const tls = {
    certificateFile: file('pem'),
    keyFile: file('key'),
    minimumVersion: 'TLSv1.2' as const,
    ciphers: undefined,
  };
  const serialproxy = { line: { listen: { host: '0.0.0.0', port: 0 }, tls } };
  mesh = await startMesh({ trust: authority.trust, serialproxies: 1, proxies: 0, serialproxy });
  port = mesh.serialproxies[0]!.running.lineAddress!.split(':').at(-1)!;
  expect(
    (await cli('node create n1 --graphical none --serial fake --power none --info fake_endpoint=relay')).code,
  ).toBe(0);
  expect((await cli('console enable n1 --kind serial --wait')).code).toBe(0);
});
afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await authority?.[Symbol.asyncDispose]();
  await other?.[Symbol.asyncDispose]();
});

/** The command line of user/ada in a pipe. */
async function cli(words: string, input = '') {
  const file = (name: string) => join(authority.folder, name);
  const env = {
    CONSOLEMESH_API: mesh.conductorTarget,
    CONSOLEMESH_TRUST_DOMAIN: 'mesh.test',
    CONSOLEMESH_TLS_CA_FILE: file('ca.pem'),
    CONSOLEMESH_TLS_CERTIFICATE_FILE: file('user-ada.pem'),
    CONSOLEMESH_TLS_KEY_FILE: file('user-ada.key'),
  };
  const text = { stdout: '', stderr: '' };
  const output = (name: keyof typeof text) => ({
    write(more: string | Uint8Array) {
      text[name] += Buffer.from(more as string).toString();
    },
  });
  const stdin = new PassThrough();
  stdin.end(input);
  const io = { stdout: output('stdout'), stderr: output('stderr'), stdin, env };
  const code = await runCommandLine(words.split(' '), { ...io, stop: () => new AbortController().signal });
  return { code, ...text };
}

describe('consolemesh console attach through the line door over TLS', () => {
  test('types and reads where the certificate of the door is of the named authority', async () => {
    const ca = join(authority.folder, 'ca.pem');
    const { code, stdout, stderr } = await cli(
      `console attach n1 --door localhost:${port} --door-ca ${ca} --linger 2s`,
      'uname -a\r',
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('n1 is open: you write')]);
    expect(stdout).toContain('uname -a');
  });

  test.each([
    [
      'it is of another authority',
      () => `localhost:${port}`,
      () => other,
      'Name the authority of its certificate with --door-ca.',
    ],
    ['it is for another name', () => `127.0.0.2:${port}`, () => authority, 'Say with --door the name'],
  ])('says what to do where %s', async (_, door, from, words) => {
    const { code, stderr } = await cli(
      `console attach n1 --door ${door()} --door-ca ${join(from().folder, 'ca.pem')}`,
    );
    expect([code, stderr]).toEqual([5, expect.stringContaining(words)]);
  });

  test('says so where it is spoken to without TLS', async () => {
    const { code, stderr } = await cli(`console attach n1 --door 127.0.0.1:${port}`);
    expect([code, stderr]).toEqual([5, expect.stringMatching(/If it speaks TLS, .*--door-ca/)]);
  });
});
