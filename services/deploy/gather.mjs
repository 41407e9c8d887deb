#!/usr/bin/env node
// Puts a service with exactly what it needs into a folder, for services/Dockerfile: the sources that its main.ts reaches, files beside them
// that are read at run time, and the npm packages that those sources import, with what these depend on. No test and no tool is among them.
//   node services/deploy/gather.mjs bmc-driver/vnc /out
// makes /out/services/bmc-driver/vnc, /out/libs/…, /out/node_modules and /out/service, a link to the first.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));
const [service, out] = process.argv.slice(2);
if (!service || !out || !existsSync(join(root, 'services', service, 'src/main.ts'))) {
  console.error('gather: name a service, such as bmc-driver/vnc, and a folder to make');
  process.exit(2);
}

const { sources, packages } = await trace(join(root, 'services', service, 'src/main.ts'));
const workspaces = new Set(sources.map(workspaceOf));
for (const file of sources) copy(file);
for (const folder of workspaces) {
  copy(join(folder, 'package.json'));
  for (const data of ['dist', 'src/gen/descriptors.binpb']) {
    if (existsSync(join(folder, data))) copy(join(folder, data));
  }
  const { name } = read(join(folder, 'package.json'));
  link(join(out, 'node_modules', name), join(out, relative(root, folder)));
}
/** Below a package: packages of its own (they follow by themselves), its tests, and what only tools read. */
const unwanted = /\/node_modules$|^\/(tests?|__tests__)$|\.test\.[cm]?[jt]s$|\.map$|\.d\.[cm]?ts$/;
const taken = new Set();
for (const [name, importer] of packages) take(name, importer, true);
link(join(out, 'service'), join(out, 'services', service));

/** The TypeScript files that a main.ts reaches, and the npm packages that they import, each with a file that does. */
async function trace(entry) {
  const packages = new Map();
  const external = {
    name: 'external',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point' || path.startsWith('@consolemesh/')) return undefined;
        const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/');
        if (!path.startsWith('node:')) packages.set(name, importer);
        return { path, external: true };
      }),
  };
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    outdir: join(root, 'dist'),
    splitting: true,
    logLevel: 'error',
    plugins: [external],
  });
  return { sources: Object.keys(metafile.inputs).map((file) => join(root, file)), packages };
}

/** Copies an npm package to where it lies here, and then what it depends on; peers and optional ones only where they are installed. */
function take(name, importer, required) {
  const folder = find(name, dirname(importer));
  if (folder === undefined) {
    if (required) throw new Error(`${name}, which ${relative(root, importer)} needs, is not installed`);
    return;
  }
  if (taken.has(folder)) return;
  taken.add(folder);
  // npm installs what was built against musl, too, where a package says so by its name alone; the images have glibc.
  if (!required && name.endsWith('-musl')) return;
  cpSync(folder, join(out, relative(root, folder)), {
    recursive: true,
    filter: (path) => !unwanted.test(path.slice(folder.length)),
  });
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
  } = read(join(folder, 'package.json'));
  const from = join(folder, 'package.json');
  for (const other of Object.keys(dependencies)) take(other, from, !(other in optionalDependencies));
  for (const other of Object.keys({ ...optionalDependencies, ...peerDependencies })) take(other, from, false);
}

/** Where Node.js finds a package from a folder. */
function find(name, from) {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

function workspaceOf(file) {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function copy(file) {
  cpSync(file, join(out, relative(root, file)), { recursive: true });
}

function link(at, to) {
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(relative(dirname(at), resolve(to)), at);
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
