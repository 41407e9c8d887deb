import { readFile } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';

/** A file of the page, in memory. */
export interface PageFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name changes with its content. */
  readonly immutable: boolean;
}

/** Files by their path below the base path, `index.html` included. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** What the build of a page writes beside its files. */
interface Manifest {
  readonly files: readonly {
    readonly path: string;
    readonly type: string;
    readonly immutable: boolean;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** What a page may be at most; it is kept in memory. */
const mostBytes = 32 * 1024 * 1024;

/** Reads a built page by its manifest.json; only what stands there is served. Throws one clear line when the page is not complete. */
export async function readPageFiles(directory: string): Promise<PageFiles> {
  const manifest = await readManifest(directory);
  const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  if (total > mostBytes) throw new Error(`the page in ${directory} is larger than ${mostBytes} bytes`);
  const files = new Map<string, PageFile>();
  for (const { path, type, immutable, bytes, sha256 } of manifest.files) {
    const inside = normalize(path);
    if (inside.startsWith('..') || inside.startsWith(sep)) throw new Error(`${path} lies outside the page`);
    const body = await readFile(join(directory, inside));
    if (body.length !== bytes)
      throw new Error(`${path} of the page is not the one that was built; build the page again`);
    files.set(path, { body, type, immutable, etag: `"${sha256.slice(0, 32)}"` });
  }
  return files;
}

async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, 'manifest.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Manifest;
  } catch (cause) {
    throw new Error(`cannot read ${path}; build the page with: npm run build:page`, { cause });
  }
}
