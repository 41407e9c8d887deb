// Bundles the operator's page into dist/page: hashed assets, index.html that names them, the licences, and the manifest that the
// server reads. The same input gives the same bytes and names; nothing outside the folder is written.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, 'src/page');
const target = join(here, 'dist/page');

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

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
});

const files = new Map(
  outputFiles.map((file) => [`assets/${basename(file.path)}`, Buffer.from(file.contents)]),
);
const icon = await readFile(join(source, 'assets/icon.svg'));
const iconName = `assets/icon-${hashOf(icon).slice(0, 8).toUpperCase()}.svg`;
files.set(iconName, icon);
files.set('licenses.txt', await licences());
files.set('index.html', await index());
await write();

/** index.html with the names of this build; the chunk with noVNC is fetched while the page starts. */
async function index() {
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

/** The licences of what is bundled, with the place of its source as MPL-2.0 section 3.2 asks. */
async function licences() {
  const novnc = dirname(dirname(createRequire(join(source, 'main.ts')).resolve('@novnc/novnc')));
  const { version } = JSON.parse(await readFile(join(novnc, 'package.json'), 'utf8'));
  const text = (path) => readFile(join(novnc, path), 'utf8');
  const parts = [
    `This page contains noVNC ${version}, unmodified, under the Mozilla Public License 2.0.`,
    `Its source: the npm package @novnc/novnc ${version}, and https://github.com/novnc/noVNC`,
    rule('noVNC'),
    await text('LICENSE.txt'),
    rule('Mozilla Public License 2.0'),
    await text('docs/LICENSE.MPL-2.0'),
    rule('pako, part of noVNC'),
    await text('vendor/pako/LICENSE'),
  ];
  return Buffer.from(`${parts.join('\n')}\n`);
}

function rule(title) {
  return `\n${'='.repeat(78)}\n${title}\n${'='.repeat(78)}\n`;
}

/** Writes what is new first and the manifest last, then removes what it no longer names: a running server never misses a file. */
async function write() {
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
  await Promise.all(names.map((name) => writeFile(join(target, name), files.get(name))));
  const manifest = { version: 1, index: 'index.html', files: entries };
  await writeFile(join(target, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const kept = new Set(names.map((name) => basename(name)));
  const old = (await readdir(join(target, 'assets'))).filter((name) => !kept.has(name));
  await Promise.all(old.map((name) => rm(join(target, 'assets', name))));
}

function hashOf(content) {
  return createHash('sha256').update(content).digest('hex');
}
