// Bundles the page of a proxy into a folder: hashed assets, index.html that names them, the licences, and the manifest that the
// server reads. The same input gives the same bytes and names; nothing outside the folder is written.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * @param {object} options
 * @param {string} options.source folder with main.ts, style.css and index.html
 * @param {string} options.target folder that is written
 * @param {(text: (path: string) => Promise<string>, version: (name: string) => string) => Promise<string[]>} options.licences
 *   parts of licenses.txt; `text` reads a file of a package (`@novnc/novnc/LICENSE.txt`)
 * @param {import('esbuild').Plugin[]} [options.plugins]
 */
export async function buildPage({ source, target, licences, plugins = [] }) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: source,
    entryPoints: { page: 'main.ts', style: 'style.css' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    outdir: target,
    write: false,
    metafile: true,
    logLevel: 'warning',
    plugins,
  });
  const files = new Map(
    outputFiles.map((file) => [`assets/${basename(file.path)}`, Buffer.from(file.contents)]),
  );
  const icon = await readFile(new URL('src/page/assets/icon.svg', import.meta.url));
  const iconName = `assets/icon-${hashOf(icon).slice(0, 8).toUpperCase()}.svg`;
  files.set(iconName, icon);
  files.set('licenses.txt', Buffer.from(`${(await licences(...packagesOf(source))).join('\n')}\n`));
  files.set('index.html', await index(source, files, metafile, iconName));
  await write(target, files);
}

/** A heading of licenses.txt. */
export function rule(title) {
  return `\n${'='.repeat(78)}\n${title}\n${'='.repeat(78)}\n`;
}

/** Reads files and versions of the packages that a page is made of. */
function packagesOf(source) {
  const { resolve } = createRequire(join(source, 'main.ts'));
  const folderOf = (name) => {
    for (let folder = dirname(resolve(name)); ; folder = dirname(folder)) {
      if (folder.endsWith(join('node_modules', name))) return folder;
      if (folder === dirname(folder)) throw new Error(`${name} is not installed`);
    }
  };
  const split = (path) => [path.split('/', 2).join('/'), path.split('/').slice(2).join('/')];
  const text = (path) => readFile(join(folderOf(split(path)[0]), split(path)[1]), 'utf8');
  const version = async (name) => JSON.parse(await text(`${name}/package.json`)).version;
  return [text, version];
}

/** index.html with the names of this build; chunks are fetched while the page starts. */
async function index(source, files, metafile, iconName) {
  const outputs = Object.entries(metafile.outputs);
  const named = (entry) =>
    `assets/${basename(outputs.find(([, output]) => output.entryPoint === entry)?.[0] ?? '')}`;
  const chunks = [...files.keys()].filter((name) => name.endsWith('.js') && name !== named('main.ts')).sort();
  const links = [
    `<link rel="icon" type="image/svg+xml" href="${iconName}" />`,
    `<link rel="stylesheet" href="${named('style.css')}" />`,
    ...chunks.map((chunk) => `<link rel="modulepreload" href="${chunk}" />`),
    `<script type="module" src="${named('main.ts')}"></script>`,
  ];
  const template = await readFile(join(source, 'index.html'), 'utf8');
  return Buffer.from(template.replace('<!-- assets -->', links.join('\n    ')));
}

/** Writes what is new first and the manifest last, then removes what it no longer names: a running server never misses a file. */
async function write(target, files) {
  const names = [...files.keys()].sort();
  const entries = names.map((name) => {
    const content = files.get(name);
    return {
      path: name,
      type: types[name.slice(name.lastIndexOf('.'))],
      immutable: name.startsWith('assets/'),
      bytes: content.length,
      sha256: hashOf(content),
    };
  });
  await mkdir(join(target, 'assets'), { recursive: true });
  await Promise.all(names.map((name) => put(target, name, files.get(name))));
  const manifest = { version: 1, index: 'index.html', files: entries };
  await put(target, 'manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`);
  const kept = new Set(names.map((name) => basename(name)));
  const old = (await readdir(join(target, 'assets'))).filter((name) => !kept.has(name));
  await Promise.all(old.map((name) => rm(join(target, 'assets', name), { force: true })));
}

/** Puts a file in its place whole: whoever reads meanwhile, or builds the same at the same time, sees no half of it. */
async function put(target, name, content) {
  const unfinished = join(target, `.${basename(name)}.${process.pid}`);
  await writeFile(unfinished, content);
  await rename(unfinished, join(target, name));
}

function hashOf(content) {
  return createHash('sha256').update(content).digest('hex');
}
