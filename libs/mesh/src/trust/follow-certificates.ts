import { open } from 'node:fs/promises';
import type { Logger } from '../log/logger.ts';
import type { Trust } from './credentials.ts';
import { type Certificates, judgeCertificates } from './judge-certificates.ts';

/** Trust by mTLS. */
type Mtls = Extract<Trust, { kind: 'mtls' }>;

/** Where certificates lie. */
export interface CertificateFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** How to follow them. */
export interface FollowOptions {
  readonly logger: Logger;
  /** How often the files are looked at, ms; 0 for never by itself. */
  readonly everyMs?: number;
  /** Time, ms; a test seam. */
  readonly now?: () => number;
}

/** Certificates that are renewed while they are in use. */
export interface FollowedTrust extends Disposable {
  /** For servers and channels: each new connection takes the newest certificates, those that stand are not touched. */
  readonly trust: Mtls;
  /** Looks at the files now. Answers whether new certificates are in use. */
  look(): Promise<boolean>;
}

/** Largest file that is read, bytes. */
const largest = 1024 * 1024;

/**
 * Follows the files of a trust by their content, so that writing in place, atomic renames and swapped symbolic links (as Kubernetes does it)
 * all work. New content counts when two looks in succession have found the same: a file may be half written, or one of three still the
 * old one. What cannot be used then is refused with one line in the log, and the old certificates stay.
 * Throws one clear line when the certificates that the trust brings cannot be used at all.
 */
export function followCertificates(
  trust: Mtls,
  files: CertificateFiles,
  options: FollowOptions,
): FollowedTrust {
  const { logger, everyMs = 2_000, now = Date.now } = options;
  const { trustDomain } = trust;
  const listeners = new Set<() => void>();
  let current: Certificates = { ca: trust.ca, certificate: trust.certificate, key: trust.key };
  const { identity } = judge(current);
  let seen = contentOf(current);
  let refused: string | undefined;
  let looking: Promise<boolean> | undefined;

  function judge(given: Certificates) {
    try {
      return judgeCertificates(given, trustDomain, now());
    } catch (cause) {
      const { caFile, certificateFile, keyFile } = files;
      throw new Error(`${caFile}, ${certificateFile} and ${keyFile}: ${(cause as Error).message}`, { cause });
    }
  }

  /** One line for one mistake, however long it lies there. */
  function refuse(what: string, error: Error): false {
    if (refused !== what) {
      logger.error({ why: error.message }, 'the new certificates cannot be used; the old ones stay');
    }
    refused = what;
    return false;
  }

  async function take(): Promise<boolean> {
    const next = await readFiles(files).catch((error: Error) => error);
    const content = next instanceof Error ? next.message : contentOf(next);
    const settled = content === seen;
    seen = content;
    if (!settled) return false;
    if (next instanceof Error) return refuse(content, next);
    if (content === contentOf(current)) {
      refused = undefined;
      return false;
    }
    try {
      const judged = judge(next);
      if (judged.identity !== identity) {
        throw new Error(`${files.certificateFile} names ${judged.identity} instead of ${identity}`);
      }
      current = next;
      refused = undefined;
      for (const listener of listeners) listener();
      const { serial, until } = judged;
      logger.info({ identity, serial, until: until.toISOString() }, 'new connections use new certificates');
      return true;
    } catch (error) {
      return refuse(content, error as Error);
    }
  }

  async function look(): Promise<boolean> {
    // A slow file system must not pile looks up.
    looking ??= take().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  const timer = everyMs > 0 ? setInterval(() => void look(), everyMs).unref() : undefined;
  const renewal = {
    current: () => current,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  return { trust: { ...trust, renewal }, look, [Symbol.dispose]: () => clearInterval(timer) };
}

async function readFiles({ caFile, certificateFile, keyFile }: CertificateFiles): Promise<Certificates> {
  const [ca, certificate, key] = await Promise.all([caFile, certificateFile, keyFile].map(readFile));
  return { ca: ca!, certificate: certificate!, key: key! };
}

async function readFile(path: string): Promise<Buffer> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(largest + 1), 0, largest + 1, 0);
    if (bytesRead > largest) throw new Error(`${path} is larger than ${largest} bytes`);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(code === undefined ? message : `${path} cannot be read (${code})`, { cause });
  }
}

function contentOf({ ca, certificate, key }: Certificates): string {
  return [ca, certificate, key].map((part) => part.toString('latin1')).join('\0');
}
