#!/usr/bin/env node
// Brings the base images of services/Dockerfile and docker-compose.yml onto this machine: pulled where an image registry answers, and made
// from Debian packages (and the npm package of Node.js) under the same names where none does. What is there stays as it is.
//   node services/deploy/base-images.mjs                 what the mesh itself needs
//   node services/deploy/base-images.mjs node            those whose name begins with a word
//   node services/deploy/base-images.mjs observability   those of a profile of docker-compose.yml
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian 13 with apt, made when another image is: nothing else refers to it. */
const debian = 'consolemesh/debian:trixie';

/**
 * What stands in for an image that cannot be pulled: the lines after FROM, and what is put beside them. User names, numbers and paths are
 * those of the image that it stands in for, as far as anything here looks at them. An image without lines has no stand-in.
 */
const images = [
  {
    name: 'node:24-trixie-slim',
    files: nodeFiles,
    lines: [
      'COPY usr /usr',
      'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
      'COPY etc /etc',
      'ENV NODE_USE_SYSTEM_CA=1',
    ],
  },
  {
    name: 'postgres:17-trixie',
    lines: [
      'RUN groupadd -r -g 999 postgres && useradd -r -u 999 -g 999 -d /var/lib/postgresql postgres',
      `RUN ${apt('postgresql-17')} && rm -rf /var/lib/postgresql/17 /etc/postgresql/17`,
      'ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ],
  },
  { name: 'haproxy:3.0', lines: [`RUN ${apt('haproxy')}`] },
  {
    name: 'prom/prometheus:v3.13.5',
    profile: 'observability',
    lines: [
      `RUN ${apt('prometheus')} && install -d -o 65534 -g 65534 /prometheus`,
      'USER 65534:65534',
      'ENTRYPOINT ["/bin/prometheus"]',
    ],
  },
  // No package registry has these as programs.
  { name: 'otel/opentelemetry-collector:0.152.0', profile: 'observability' },
  { name: 'jaegertracing/jaeger:2.18.0', profile: 'observability' },
  { name: 'grafana/grafana:13.2.3', profile: 'observability' },
];

try {
  const words = process.argv.slice(2);
  const wanted = images.filter(({ name, profile }) =>
    words.length === 0 ? !profile : words.some((word) => name.startsWith(word) || word === profile),
  );
  if (wanted.length === 0)
    throw new Error(`name one of ${images.map(({ name }) => name).join(', ')}, or the beginning of one`);
  if (run('docker', ['version']).status !== 0)
    throw new Error('no container engine answers: start Docker, or set DOCKER_HOST');
  const missing = wanted.filter((image) => !provide(image)).map(({ name }) => name);
  if (missing.length > 0)
    throw new Error(
      `${missing.join(', ')} cannot be pulled, and nothing made from packages can stand in: bring them by docker load`,
    );
} catch (error) {
  console.error(`base-images: ${error.message}`);
  process.exitCode = 1;
}

/** Brings an image here, by whichever way there is; answers whether there was one. */
function provide(image) {
  if (isThere(image.name)) return say(`${image.name} is there`);
  say(`pulling ${image.name}`);
  const pull = run('docker', ['pull', '--quiet', image.name]);
  if (pull.status === 0) return say(`${image.name} was pulled`);
  if (!image.lines) return false;
  say(`${image.name} cannot be pulled (${lastLine(pull)}); making it from Debian packages, a minute or so`);
  if (!isThere(debian)) makeDebian();
  const folder = mkdtempSync(join(tmpdir(), 'consolemesh-base-'));
  try {
    image.files?.(folder);
    writeFileSync(join(folder, 'Dockerfile'), [`FROM ${debian}`, ...image.lines, ''].join('\n'));
    must('docker', ['build', '--quiet', '--tag', image.name, folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return say(`${image.name} was made`);
}

function makeDebian() {
  if (run('mmdebstrap', ['--version']).status !== 0)
    throw new Error(
      'mmdebstrap is needed to make an image from Debian packages: apt-get install mmdebstrap; or bring the images by docker load',
    );
  const folder = mkdtempSync(join(tmpdir(), 'consolemesh-base-'));
  try {
    const tar = join(folder, 'debian.tar');
    say('making a Debian 13 with mmdebstrap');
    must('mmdebstrap', [
      '--quiet',
      '--variant=minbase',
      '--include=ca-certificates',
      '--dpkgopt=path-exclude=/usr/share/{doc,man,locale}/*',
      'trixie',
      tar,
    ]);
    must('docker', ['import', tar, debian]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Node.js and npm as the image `node` has them, below /usr/local; and the authorities that this machine trusts, because a network without
 * an image registry often has its own in front of its npm registry. Nothing of this image but Node.js reaches others.
 */
function nodeFiles(folder) {
  const bin = join(folder, 'usr/local/bin');
  const modules = join(folder, 'usr/local/lib/node_modules');
  mkdirSync(bin, { recursive: true });
  mkdirSync(modules, { recursive: true });
  copyFileSync(join(unpack(folder, `node-linux-${process.arch}@24`), 'bin/node'), join(bin, 'node'));
  cpSync(unpack(folder, 'npm@11'), join(modules, 'npm'), { recursive: true });
  const authorities = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(authorities)) cpSync(authorities, join(folder, authorities));
  else mkdirSync(join(folder, 'etc'));
}

/** Downloads an npm package and answers the folder that it was unpacked to. */
function unpack(folder, wanted) {
  const target = mkdtempSync(join(folder, 'package-'));
  must('npm', ['pack', '--silent', '--pack-destination', target, wanted]);
  must('tar', ['-xzf', join(target, readdirSync(target)[0]), '-C', target]);
  return join(target, 'package');
}

function apt(packages) {
  return `apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*`;
}

function isThere(name) {
  return run('docker', ['image', 'inspect', name]).status === 0;
}

function must(program, args) {
  const done = run(program, args);
  if (done.status !== 0) throw new Error(`${program} ${args[0]} failed: ${lastLine(done)}`);
}

function run(program, args) {
  return spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
}

function lastLine({ stderr, stdout, error }) {
  return error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').at(-1);
}

function say(line) {
  console.log(`[base-images] ${line}`);
  return true;
}
