import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A throw-away self-signed certificate and its key, PEM. Needs the `openssl` program (Debian: openssl). */
export interface SelfSigned {
  key: string;
  cert: string;
}

const made = new Map<string, SelfSigned>();

/** Makes one certificate per common name and process. @param name common name and DNS subject name */
export function selfSigned(name = 'console.test'): SelfSigned {
  const known = made.get(name);
  if (known !== undefined) return known;
  const dir = mkdtempSync(join(tmpdir(), 'selfsigned-'));
  try {
    const key = join(dir, 'key.pem');
    const cert = join(dir, 'cert.pem');
    execFileSync(
      'openssl',
      // biome-ignore format: one option per pair reads better
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
        '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`, '-keyout', key, '-out', cert],
      { stdio: 'pipe' },
    );
    const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    made.set(name, pair);
    return pair;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
