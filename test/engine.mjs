// The container engine for the suites on docker-compose.yml: the one that runs; where CI=true, one that is installed and started for as long
// as the tests take.
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const log = join(root, 'test/artifacts/dockerd.log');
/** Where Docker's command line looks for its plugins, beside the folder of its packages. */
const plugins = '/usr/local/lib/docker/cli-plugins';
/** Debian 12 has no Compose that reads docker-compose.yml; Debian 13 has. */
const newer = 'trixie';
/** Ready within this time, ms, or never. */
const patienceMs = 60_000;

/** @returns {Promise<{ why?: string, stop(): Promise<void> }>} why: there is none, and what to do */
export async function provideEngine() {
  const running = answers();
  if (!running && process.env.CI !== 'true')
    return without('no container engine answers, and one is started only where CI=true; start yours');
  if (!running) {
    if (spawnSync('dockerd', ['--version']).status !== 0) return without('dockerd is not installed');
    if (!hasCompose() && !installPlugins()) return without('Docker Compose cannot be installed');
  }
  if (!hasCompose()) return without('docker compose is missing, or older than 2.26');
  const engine = running ? { stop: async () => {} } : await startEngine();
  if (engine.why === undefined && !provideBaseImages()) {
    await engine.stop();
    return without('the base images can be neither pulled nor made; the reason is above');
  }
  return engine;
}

function answers() {
  return spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 20_000 }).status === 0;
}

function hasCompose() {
  const { status, stdout } = spawnSync('docker', ['compose', 'version', '--short'], { encoding: 'utf8' });
  const [major = 0, minor = 0] = (stdout ?? '').replace(/^v/, '').split('.').map(Number);
  return status === 0 && (major > 2 || (major === 2 && minor >= 26));
}

/**
 * In a chroot, `docker exec` and health checks would enter the root folder of the whole machine: where the kernel thinks that a mount
 * namespace begins. So the engine gets a mount namespace that begins here.
 */
const ownRoot = [
  ...['unshare', '--mount', '--propagation', 'private'],
  // The folder is remembered before the root is another one; pivot_root then makes it the root.
  ...['nsenter', '--mount=/proc/self/ns/mnt', '--wd=/'],
  ...['sh', '-c', 'pivot_root . mnt && exec dockerd'],
];

function isChroot() {
  const root = ['stat', '--format=%d:%i', '/'];
  const asked = spawnSync('nsenter', ['--mount=/proc/self/ns/mnt', ...root], { encoding: 'utf8' });
  const here = spawnSync(root[0], root.slice(1), { encoding: 'utf8' });
  return asked.status === 0 && asked.stdout !== here.stdout;
}

async function startEngine() {
  say('starting a Docker engine; what it says is in test/artifacts/dockerd.log');
  mkdirSync(join(root, 'test/artifacts'), { recursive: true });
  const output = openSync(log, 'w');
  const [program, ...args] = isChroot() ? ownRoot : ['dockerd'];
  const child = spawn(program, args, { stdio: ['ignore', output, output], detached: true });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.once('error', () => {});
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([exited, pause(30_000, undefined, { ref: false })]);
    child.kill('SIGKILL');
  };
  for (const until = Date.now() + patienceMs; !answers(); await pause(500)) {
    if (child.exitCode === null && Date.now() < until) continue;
    await stop();
    const last = readFileSync(log, 'utf8').trim().split('\n').at(-1);
    return without(`the Docker engine does not start: ${last}`);
  }
  return { stop };
}

/** Compose and buildx from Debian's packages, unpacked only. */
function installPlugins() {
  say(`unpacking docker-compose and docker-buildx of Debian ${newer} into ${plugins}`);
  const scratch = mkdtempSync(join(tmpdir(), 'consolemesh-plugins-'));
  try {
    const list = join(scratch, 'sources.list');
    mkdirSync(join(scratch, 'lists'));
    writeFileSync(
      list,
      `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror()} ${newer} main\n`,
    );
    const options = [`sourcelist=${list}`, 'sourceparts=-'].flatMap((option) => [
      '-o',
      `Dir::Etc::${option}`,
    ]);
    options.push('-o', `Dir::State::lists=${join(scratch, 'lists')}`, '-o', 'APT::Sandbox::User=root');
    if (!apt([...options, 'update', '-q'], scratch)) return false;
    if (!apt([...options, 'download', 'docker-compose', 'docker-buildx'], scratch)) return false;
    for (const file of readdirSync(scratch).filter((name) => name.endsWith('.deb')))
      spawnSync('dpkg', ['-x', join(scratch, file), scratch], { stdio: 'inherit' });
    const unpacked = join(scratch, 'usr/libexec/docker/cli-plugins');
    if (!existsSync(unpacked)) return false;
    mkdirSync(plugins, { recursive: true });
    for (const name of readdirSync(unpacked)) copyFileSync(join(unpacked, name), join(plugins, name));
    return hasCompose();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The mirror that this machine uses. */
function mirror() {
  const file = '/etc/apt/sources.list.d/debian.sources';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^URIs: (\S+)/m.exec(text)?.[1] ?? 'http://deb.debian.org/debian';
}

function apt(args, cwd) {
  const { status, stderr } = spawnSync('apt-get', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) say(`apt-get failed: ${stderr?.trim().split('\n').at(-1)}`);
  return status === 0;
}

function provideBaseImages() {
  return (
    spawnSync(process.execPath, ['services/deploy/base-images.mjs'], { cwd: root, stdio: 'inherit' })
      .status === 0
  );
}

function without(why) {
  return { why, stop: async () => {} };
}

function say(line) {
  console.log(`[test] ${line}`);
}
