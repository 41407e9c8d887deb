#!/usr/bin/env node
// Builds the images of all services, or of those that are named, and prints their sizes. Base images come first (base-images.mjs).
//   node services/deploy/build-images.mjs                    all, tagged consolemesh/<service>:<version>
//   node services/deploy/build-images.mjs conductor token    some
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const services = readdirSync('services', { recursive: true, encoding: 'utf8' })
  .filter((file) => /^[a-z-]+(\/[a-z-]+)?\/src\/main\.ts$/.test(file))
  .map((file) => file.slice(0, -'/src/main.ts'.length))
  .sort();
const words = process.argv.slice(2);
const unknown = words.filter((word) => !services.includes(word));
if (unknown.length > 0) {
  console.error(`build-images: there is no ${unknown.join(', ')}; the services are ${services.join(', ')}`);
  process.exit(2);
}
if (
  spawnSync(process.execPath, ['services/deploy/base-images.mjs', 'node'], { stdio: 'inherit' }).status !== 0
)
  process.exit(1);

const rows = [];
for (const service of words.length > 0 ? words : services) {
  const image = `consolemesh/${service.replace('/', '-')}:${version}`;
  console.log(`[build-images] building ${image}`);
  const built = docker(
    'build',
    '--file',
    'services/Dockerfile',
    '--tag',
    image,
    ...buildArguments(service),
    '.',
  );
  if (built.status !== 0) {
    console.error(
      `${built.stdout}${built.stderr}\nbuild-images: ${image} could not be built; the reason is above`,
    );
    process.exit(1);
  }
  rows.push([image, megabytes(docker('image', 'inspect', '--format', '{{.Size}}', image))]);
}
const width = Math.max(...rows.map(([image]) => image.length));
for (const [image, size] of rows) console.log(`${image.padEnd(width)}  ${size.padStart(8)}`);

function buildArguments(service) {
  const revision = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).stdout?.trim() || 'unknown';
  const given = { SERVICE: service, VERSION: version, REVISION: revision };
  if (process.env.NPM_REGISTRY) given.NPM_REGISTRY = process.env.NPM_REGISTRY;
  return Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
}

function docker(...args) {
  return spawnSync('docker', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

function megabytes({ stdout }) {
  return `${Math.round(Number(stdout) / 1e6)} MB`;
}
