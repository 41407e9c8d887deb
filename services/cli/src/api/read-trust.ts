import { readFileSync } from 'node:fs';
import { parseIdentity, type Trust, trustOf } from '@consolemesh/mesh';
import { UsageError } from '../exit-codes.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { readBearer, readPassword } from './read-credentials.ts';

const files = [
  { option: '--tls-ca', variable: 'CONSOLEMESH_TLS_CA_FILE', key: 'tlsCa' },
  { option: '--tls-certificate', variable: 'CONSOLEMESH_TLS_CERTIFICATE_FILE', key: 'tlsCertificate' },
  { option: '--tls-key', variable: 'CONSOLEMESH_TLS_KEY_FILE', key: 'tlsKey' },
] as const;

/** The options that switch mTLS on, for sentences. */
export const tlsOptions = '--tls-ca, --tls-certificate and --tls-key';
/** The options of those who have no certificate, for sentences. */
export const userOptions = '--tls-ca with --user or --bearer-file';

/**
 * How this program proves who it is and judges services: by a certificate, by a password or a token over TLS, or not at all. Asks for a
 * password that no file holds. Throws UsageError when the options contradict, are incomplete, or name a file that cannot be read.
 */
export async function readTrust(options: GlobalOptions, io: Io): Promise<Trust> {
  const { user, passwordFile, bearerFile } = options;
  if (passwordFile !== undefined && user === undefined) {
    throw new UsageError('--password-file (CONSOLEMESH_PASSWORD_FILE) needs --user (CONSOLEMESH_USER)');
  }
  if (user !== undefined && bearerFile !== undefined) {
    throw new UsageError(
      '--user (CONSOLEMESH_USER) and --bearer-file (CONSOLEMESH_BEARER_FILE) contradict: show a password or a token',
    );
  }
  if (user === undefined && bearerFile === undefined) return byCertificate(options);
  const { caFile, trustDomain } = overTls(options, user === undefined ? '--bearer-file' : '--user');
  const ca = reading(options, () => readFileSync(caFile));
  const authorization =
    user === undefined ? await readBearer(bearerFile!) : await readPassword(io, nameOf(user), passwordFile);
  return { kind: 'tls', trustDomain, ca, authorization };
}

function byCertificate(options: GlobalOptions): Trust {
  const missing = files.filter(({ key }) => options[key] === undefined);
  if (missing.length > 0 && missing.length < files.length) {
    const names = missing.map(({ option, variable }) => `${option} (${variable})`).join(' and ');
    const are = missing.length > 1 ? 'are' : 'is';
    throw new UsageError(
      `${tlsOptions} go together: ${names} ${are} missing; without a certificate it is ${userOptions}`,
    );
  }
  const { trustDomain, tlsCa, tlsCertificate, tlsKey } = options;
  return reading(options, () => trustOf({ trustDomain, tlsCa, tlsCertificate, tlsKey }));
}

/** Where a certificate is shown, services look at nothing else. */
function overTls({ tlsCa, tlsCertificate, tlsKey, trustDomain }: GlobalOptions, by: string) {
  if (tlsCertificate !== undefined || tlsKey !== undefined) {
    throw new UsageError(
      `${by} and a certificate contradict, and the certificate alone would count: leave out ${by}, or --tls-certificate and ` +
        '--tls-key (CONSOLEMESH_TLS_CERTIFICATE_FILE, CONSOLEMESH_TLS_KEY_FILE)',
    );
  }
  if (tlsCa === undefined) {
    throw new UsageError(
      `${by} needs --tls-ca (CONSOLEMESH_TLS_CA_FILE): passwords and tokens go over TLS, to who was issued by that authority`,
    );
  }
  return { caFile: tlsCa, trustDomain };
}

function nameOf(user: string): string {
  if (parseIdentity(`user/${user}`)) return user;
  throw new UsageError(
    `--user: ${user} is no name of a user; expected letters, digits, '.', '_', '@' and '-', without user/`,
  );
}

function reading<T>(options: GlobalOptions, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { code, path, message } = cause as NodeJS.ErrnoException;
    const file = files.find(({ key }) => options[key] === path);
    if (!file || !path) throw new UsageError(message, { cause });
    throw new UsageError(`${file.option}: ${path} cannot be read (${code})`, { cause });
  }
}
