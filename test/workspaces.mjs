// Part of `npm run check`: a package imports only those packages of this repository that its package.json declares, and declares none
// that it does not import. Hoisting hides the first mistake from every other tool.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const mistakes = [];
for (const folder of workspaces()) {
  const { name, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const imported = new Set();
  for (const file of sources(folder)) {
    for (const [, internal] of readFileSync(file, 'utf8').matchAll(
      /(?:from|import)\s*\(?\s*'(@consolemesh\/[a-z-]+)/g,
    )) {
      imported.add(internal);
      if (internal !== name && !(internal in dependencies))
        mistakes.push(`${file} imports ${internal}, which ${folder}/package.json does not declare`);
    }
  }
  for (const declared of Object.keys(dependencies)) {
    if (declared.startsWith('@consolemesh/') && !imported.has(declared))
      mistakes.push(`${folder}/package.json declares ${declared}, which nothing there imports`);
  }
}
for (const mistake of new Set(mistakes)) console.log(mistake);
process.exitCode = mistakes.length === 0 ? 0 : 1;

function workspaces() {
  const { workspaces: globs } = JSON.parse(readFileSync('package.json', 'utf8'));
  return globs
    .flatMap((glob) =>
      glob.endsWith('/*')
        ? readdirSync(glob.slice(0, -2)).map((entry) => join(glob.slice(0, -2), entry))
        : [glob],
    )
    .filter((folder) => existsSync(join(folder, 'package.json')));
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!['node_modules', 'dist', 'gen'].includes(entry.name) && !existsSync(join(path, 'package.json')))
        yield* sources(path);
    } else if (/\.(ts|mjs)$/.test(entry.name)) yield path;
  }
}
