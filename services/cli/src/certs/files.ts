import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { alreadyExists, UsageError } from '../exit-codes.ts';
import type { Issued } from './authority.ts';

/** Where certificate and key of a name lie in a folder: `ca.pem` and `ca.key`, `service-conductor.pem` and `service-conductor.key`. */
export function certificateFiles(folder: string, name: string): { certificate: string; key: string } {
  const base = name.replace('/', '-');
  return { certificate: join(folder, `${base}.pem`), key: join(folder, `${base}.key`) };
}

/** Throws when a file of one of the names is there already, before anything is written; `advice` says what to do then. */
export async function refuseExisting(
  folder: string,
  names: readonly string[],
  advice: string,
): Promise<void> {
  for (const path of names.flatMap((name) => Object.values(certificateFiles(folder, name)))) {
    if (await exists(path)) throw alreadyExists(`${path} exists already; nothing was changed.`, advice);
  }
}

/** Writes a certificate and, readable by its owner only, its key; replaces what is there. */
export async function writeIssued(folder: string, name: string, issued: Issued): Promise<void> {
  const files = certificateFiles(folder, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await write(files.key, issued.key, 0o600);
    await write(files.certificate, issued.certificate, 0o644);
  } catch (error) {
    const { code, path = folder } = error as NodeJS.ErrnoException;
    throw new UsageError(`${path} cannot be written (${code}); name a folder of your own`, { cause: error });
  }
}

/** Reads the authority of a folder. Throws UsageError when there is none. */
export async function readAuthority(folder: string): Promise<Issued> {
  const files = certificateFiles(folder, 'ca');
  try {
    return { certificate: await readFile(files.certificate, 'utf8'), key: await readFile(files.key, 'utf8') };
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${path} cannot be read (${code}); make an authority with: consolemesh certs init ${folder}`,
      {
        cause: error,
      },
    );
  }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  await using file = await open(path, 'w', mode);
  // The mode above counts for new files only.
  await file.chmod(mode);
  await file.writeFile(text.endsWith('\n') ? text : `${text}\n`);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
