import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SelfSigned } from './self-signed.ts';

/** What a throw-away certificate is to say. */
export interface CertificateWishes {
  /** Common name. */
  name: string;
  /** In OpenSSL's form: `DNS:bmc.test`, `IP:10.0.0.5`. Default: none at all. */
  altNames?: readonly string[];
  /** Default: one day ago and in two days. */
  notBefore?: Date;
  notAfter?: Date;
  /** Who signs; default: itself. */
  issuer?: SelfSigned;
  /** May sign others. */
  authority?: boolean;
}

const DAY_MS = 86_400_000;

/**
 * Makes a certificate with any dates, names and issuer; `cert` is the leaf alone. Slower than `selfSigned` and never
 * cached. Needs the `openssl` program.
 */
export function makeCertificate(wishes: CertificateWishes): SelfSigned {
  const dir = mkdtempSync(join(tmpdir(), 'certificate-'));
  try {
    return inDirectory(dir, wishes);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function inDirectory(dir: string, wishes: CertificateWishes): SelfSigned {
  const file = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: dir });
  const from = stamp(wishes.notBefore ?? new Date(Date.now() - DAY_MS));
  const to = stamp(wishes.notAfter ?? new Date(Date.now() + 2 * DAY_MS));
  writeFileSync(file('index'), '');
  writeFileSync(file('config'), config(wishes));
  // biome-ignore format: one option per pair reads better
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-config', 'config',
    '-subj', `/CN=${wishes.name}`, '-keyout', 'key', '-out', 'request');
  if (wishes.issuer !== undefined) {
    writeFileSync(file('issuer-key'), wishes.issuer.key, { mode: 0o600 });
    writeFileSync(file('issuer'), wishes.issuer.cert);
  }
  const signer =
    wishes.issuer === undefined
      ? ['-selfsign', '-keyfile', 'key']
      : ['-keyfile', 'issuer-key', '-cert', 'issuer'];
  // `ca` and not `x509`, because only it takes dates in every OpenSSL 3.
  // biome-ignore format: one option per pair reads better
  openssl('ca', '-batch', '-notext', '-config', 'config', '-startdate', from, '-enddate', to, ...signer,
    '-in', 'request', '-out', 'cert');
  return { key: readFileSync(file('key'), 'utf8'), cert: readFileSync(file('cert'), 'utf8') };
}

function config({ altNames = [], authority = false }: CertificateWishes): string {
  return `
[req]
distinguished_name = none
[none]
[ca]
default_ca = here
[here]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
authorityKeyIdentifier = none
basicConstraints = critical,CA:${authority ? 'TRUE' : 'FALSE'}
${altNames.length > 0 ? `subjectAltName = ${altNames.join(',')}` : ''}
`;
}

/** OpenSSL's form of a time: `YYYYMMDDHHMMSSZ`. */
function stamp(date: Date): string {
  return `${date.toISOString().replace(/[-:T]/g, '').replace(/\..*/, '')}Z`;
}
