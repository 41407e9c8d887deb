import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import type { Logger } from '@consolemesh/mesh';

/** TLS of the door itself, without a reverse proxy in front. */
export interface DoorTls {
  /** PEM, chain included. */
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly minimumVersion: SecureVersion;
  /** OpenSSL cipher list; undefined = Node's. */
  readonly ciphers: string | undefined;
}

/** What a server takes; throws one clear line when files cannot be read or do not fit together. */
export function readTlsFiles(tls: DoorTls): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: readOne(tls.certificateFile),
    key: readOne(tls.keyFile),
    minVersion: tls.minimumVersion,
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers, honorCipherOrder: true }),
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new Error(
      `the certificate ${tls.certificateFile} and the key ${tls.keyFile} cannot be used together: ${(cause as Error).message}`,
      { cause },
    );
  }
  return options;
}

function readOne(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`cannot read ${path} (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** Follows the files of a running server. */
export interface TlsReload extends Disposable {
  /** Reads them now; a mistake is logged and the server keeps what it has. Answers whether something new is in use. */
  reload(): boolean;
}

/** Looks at the files every `everyMs` and gives a changed pair to the server; connections that stand are not touched. */
export function followTlsFiles(
  tls: DoorTls,
  use: (options: SecureContextOptions) => void,
  logger: Logger,
  everyMs: number,
): TlsReload {
  let current = fingerprint(tls);
  const reload = () => {
    try {
      const options = readTlsFiles(tls);
      const next = fingerprint(tls);
      if (next === current) return false;
      use(options);
      current = next;
      logger.info({ certificate: tls.certificateFile }, 'using a new certificate');
      return true;
    } catch (error) {
      logger.error({ err: error }, 'the new certificate cannot be used; the old one stays');
      return false;
    }
  };
  const timer = setInterval(reload, everyMs);
  timer.unref();
  return { reload, [Symbol.dispose]: () => clearInterval(timer) };
}

function fingerprint(tls: DoorTls): string {
  return `${readOne(tls.certificateFile)}\n${readOne(tls.keyFile)}`;
}
