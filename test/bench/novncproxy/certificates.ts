import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one certificate, PEM. */
export interface CertificateFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** An authority for one run. Needs the program `openssl`. */
export interface Authority {
  readonly ca: string;
  /** A certificate for `spiffe://consolemesh.local/<identity>`, also good for localhost; the identity is `service/…` or `user/…`. */
  issue(identity: string): CertificateFiles;
}

/** Makes an authority whose files lie in `dir`. */
export function makeAuthority(dir: string): Authority {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: dir });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = join(dir, 'ca.pem');
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=bench');
  return {
    ca,
    issue(identity) {
      const name = identity.replace('/', '-');
      const names = `subjectAltName=URI:spiffe://consolemesh.local/${identity},IP:127.0.0.1,DNS:localhost`;
      writeFileSync(join(dir, `${name}.ext`), `${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      const sign = [
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
      ];
      openssl(...sign, '-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.pem`);
      return { ca, certificate: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
    },
  };
}
