import { type Trust, trustOf } from '@consolemesh/mesh';
import { UsageError } from '../exit-codes.ts';
import type { GlobalOptions } from '../global-options.ts';

const files = [
  { option: '--tls-ca', variable: 'CONSOLEMESH_TLS_CA_FILE', key: 'tlsCa' },
  { option: '--tls-certificate', variable: 'CONSOLEMESH_TLS_CERTIFICATE_FILE', key: 'tlsCertificate' },
  { option: '--tls-key', variable: 'CONSOLEMESH_TLS_KEY_FILE', key: 'tlsKey' },
] as const;

/** The options that switch mTLS on, for sentences. */
export const tlsOptions = '--tls-ca, --tls-certificate and --tls-key';

/** How this program proves who it is and judges services. Throws UsageError when the files are incomplete or cannot be read. */
export function readTrust(options: GlobalOptions): Trust {
  const missing = files.filter(({ key }) => options[key] === undefined);
  if (missing.length > 0 && missing.length < files.length) {
    const names = missing.map(({ option, variable }) => `${option} (${variable})`).join(' and ');
    throw new UsageError(`${tlsOptions} go together: ${names} ${missing.length > 1 ? 'are' : 'is'} missing`);
  }
  const { trustDomain, tlsCa, tlsCertificate, tlsKey } = options;
  try {
    return trustOf({ trustDomain, tlsCa, tlsCertificate, tlsKey });
  } catch (cause) {
    const { code, path, message } = cause as NodeJS.ErrnoException;
    const file = files.find(({ key }) => options[key] === path);
    if (!file || !path) throw new UsageError(message, { cause });
    throw new UsageError(`${file.option}: ${path} cannot be read (${code})`, { cause });
  }
}
