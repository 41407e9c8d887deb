import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCommandLine } from '@consolemesh/cli';
import { mtlsFromFiles, type Trust } from '@consolemesh/mesh';

/** A development authority, made by `consolemesh certs`. */
export interface Authority extends AsyncDisposable {
  /** Where its files are, as `consolemesh certs` names them. */
  readonly folder: string;
  /** Issues certificates; afterwards `trust` knows these identities. */
  issue(...identities: string[]): Promise<void>;
  /** How an identity proves itself. @throws when it was not issued */
  trust(identity: string): Trust;
}

/** Makes an authority in a folder of its own. */
export async function createAuthority(trustDomain = 'mesh.test'): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-certs-'));
  await consolemesh('--trust-domain', trustDomain, 'certs', 'init', folder);
  return {
    folder,
    issue: (...identities) => consolemesh('certs', 'issue', folder, ...identities),
    trust: (identity) =>
      mtlsFromFiles({
        trustDomain,
        caFile: join(folder, 'ca.pem'),
        certificateFile: join(folder, `${identity.replace('/', '-')}.pem`),
        keyFile: join(folder, `${identity.replace('/', '-')}.key`),
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function consolemesh(...argv: string[]): Promise<void> {
  let said = '';
  const output = { write: (text: string) => (said += text) };
  const stop = () => new AbortController().signal;
  const code = await runCommandLine(argv, {
    stdout: output,
    stderr: output,
    stdin: Readable.from([]),
    env: {},
    stop,
  });
  if (code !== 0) throw new Error(`consolemesh ${argv.join(' ')}: ${said}`);
}
