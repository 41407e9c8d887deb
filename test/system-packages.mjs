// What the tests need beside npm packages: real programs, from Debian's packages, and one Python package.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where packages go that are unpacked and not installed. */
const unpacked = fileURLToPath(new URL('../node_modules/.cache/debian/', import.meta.url));

/** The pages of Debian's noVNC: installed, or unpacked by `npm test`; undefined when they are nowhere. */
export function novncFolder() {
  return ['/usr/share/novnc', join(unpacked, 'usr/share/novnc')].find((folder) =>
    existsSync(join(folder, 'vnc.html')),
  );
}

/** Where Python packages go that are unpacked and not installed. */
const unpackedPython = fileURLToPath(new URL('../node_modules/.cache/python/', import.meta.url));

/** Python of Debian, the one that sees Debian's packages, whatever else is first on the PATH. */
export const debianPython = '/usr/bin/python3';
const debianPythonPackages = '/usr/lib/python3/dist-packages';

/**
 * The folder (for PYTHONPATH) with a `dracclient/` that has the answers of real iDRACs in `dracclient/tests/wsman_mocks/`;
 * undefined when there is none. Its imports (lxml, requests) are there for `debianPython`.
 */
export function dracclientFolder() {
  return [unpackedPython, debianPythonPackages].find((folder) =>
    existsSync(join(folder, 'dracclient/tests/wsman_mocks')),
  );
}

/** TightVNC's viewer: installed, or unpacked by `npm test`; undefined when it is nowhere. */
export function tightVncViewer() {
  return ['/usr/bin', join(unpacked, 'usr/bin')]
    .map((folder) => join(folder, 'xtightvncviewer'))
    .find((program) => existsSync(program));
}

/** OpenSSH's server: installed, or unpacked by `npm test`; undefined when it is nowhere. */
export function sshServer() {
  return ['/usr/sbin', join(unpacked, 'usr/sbin')]
    .map((folder) => join(folder, 'sshd'))
    .find((program) => existsSync(program));
}

/** The library that gives a process another clock; undefined when there is none. */
export function libfaketime() {
  const file = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;
  return existsSync(file) ? file : undefined;
}

/**
 * name: how CONSOLEMESH_TEST_WITHOUT calls it; programs: what must be on the PATH; packages: Debian packages that bring them;
 * when: unless it says no; wheels: Python packages that are downloaded and unpacked after them;
 * suites: what cannot run without (globs; empty where the suites themselves skip by CONSOLEMESH_TEST_WITHOUT).
 */
const groups = [
  {
    name: 'vnc-servers',
    programs: [
      'Xtigervnc',
      'xtigervncviewer',
      'x11vnc',
      'Xvfb',
      'qemu-system-x86_64',
      'xdotool',
      'xwd',
      'convert',
      'openssl',
    ],
    packages: [
      'tigervnc-standalone-server',
      'tigervnc-viewer',
      'x11vnc',
      'xvfb',
      'qemu-system-x86',
      'xdotool',
      'x11-apps',
      'imagemagick',
      'openssl',
    ],
    suites: [
      'test/real/idrac.test.ts',
      'test/real/idrac-tightvnc*',
      'test/real/rfb-*',
      'test/real/simulator-viewer*',
      'test/real/through-proxy*',
    ],
  },
  {
    name: 'chromium',
    programs: ['chromium'],
    packages: ['chromium'],
    suites: [
      'test/browser/**',
      'test/real/idrac.test.ts',
      'test/real/through-proxy-page*',
      'test/real/ipmi-qemu-page*',
    ],
  },
  {
    name: 'websockify',
    programs: ['websockify'],
    packages: ['websockify'],
    suites: [],
  },
  {
    name: 'ipmi',
    programs: ['ipmitool', 'ipmiconsole', 'ipmi-chassis', 'ipmi_sim', 'script', 'socat', 'flock'],
    packages: ['ipmitool', 'freeipmi-tools', 'openipmi', 'bsdutils', 'socat', 'util-linux'],
    suites: [
      'test/real/ipmi*',
      'test/real/serial-killed*',
      'test/real/simulator-ipmi*',
      'test/contract/ipmi-socat*',
    ],
  },
  {
    // A machine whose firmware uses its serial port.
    name: 'qemu',
    programs: ['qemu-system-x86_64'],
    packages: ['qemu-system-x86'],
    suites: ['test/real/ipmi-qemu*'],
  },
  {
    name: 'serial-clients',
    programs: ['curl', 'ssh', 'ssh-keygen', 'script'],
    files: [join(debianPythonPackages, 'websocket')],
    packages: ['curl', 'openssh-client', 'bsdutils', 'python3-websocket'],
    suites: ['test/real/simulator-openbmc*'],
  },
  {
    // Unpacked only: its package starts a server. The library is all that it lacks then. It gets users of its own, which takes root.
    name: 'ssh-server',
    programs: ['ssh-keygen', 'openssl', 'unshare'],
    find: () => sshServer() !== undefined && process.getuid?.() === 0,
    packages: ['openssh-client', 'openssl', 'util-linux', 'libwrap0'],
    unpack: ['openssh-server'],
    suites: ['test/real/redfish-serial*'],
  },
  {
    // Unpacked only: the package depends on Debian's own Node.js, which would take the place of the one that runs this.
    name: 'novnc',
    programs: [],
    find: () => novncFolder() !== undefined,
    packages: [],
    unpack: ['novnc'],
    suites: ['test/browser/novnc-of-debian*'],
  },
  {
    // Unpacked only: it would take the name vncviewer from TigerVNC. Its libraries come with x11-apps of vnc-servers.
    name: 'tightvnc',
    programs: [],
    find: () => tightVncViewer() !== undefined,
    packages: [],
    unpack: ['xtightvncviewer'],
    suites: ['test/real/idrac-tightvnc*'],
  },
  {
    // Unpacked only: its package starts a server.
    name: 'promtool',
    programs: [],
    find: () => onPath('promtool') || existsSync(join(unpacked, 'usr/bin/promtool')),
    packages: [],
    unpack: ['prometheus'],
    suites: [],
  },
  {
    name: 'postgres',
    programs: [],
    find: () =>
      existsSync('/usr/lib/postgresql') &&
      readdirSync('/usr/lib/postgresql').some((v) => existsSync(`/usr/lib/postgresql/${v}/bin/initdb`)),
    packages: ['postgresql'],
    // The suites of stores run on SQLite alone then.
    suites: ['libs/store/src/postgres/**', 'services/token/src/replicas.test.ts'],
  },
  {
    // Where CI=true a container engine is started for the suites on docker-compose.yml (engine.mjs); elsewhere the one that runs is used.
    name: 'docker',
    when: () => process.env.CI === 'true' && spawnSync('docker', ['info']).status !== 0,
    programs: ['dockerd', 'docker', 'iptables', 'mmdebstrap'],
    packages: ['docker.io', 'iptables', 'mmdebstrap'],
    suites: ['test/system/**'],
  },
  {
    // For one container with a clock of its own.
    name: 'faketime',
    programs: [],
    find: () => libfaketime() !== undefined,
    packages: ['libfaketime'],
    suites: [],
  },
  {
    // Debian's package brings what the client imports, but leaves out the recorded answers: those are in the wheel only.
    name: 'dracclient',
    programs: [],
    files: [join(debianPythonPackages, 'dracclient')],
    find: () => dracclientFolder() !== undefined,
    packages: ['python3-dracclient', 'python3-pip'],
    wheels: ['python-dracclient==8.0.0'],
    suites: ['test/real/wsman-recorded*', 'test/real/idrac-dracclient*'],
  },
];

/** Installs what is missing where that is allowed; answers the groups that are still missing, each with the reason and the command. */
export async function installSystemPackages() {
  const wanted = groups.filter(({ when }) => when?.() ?? true);
  const missing = wanted.filter((group) => !isThere(group));
  if (missing.length === 0) return [];
  const packages = missing.flatMap((group) => group.packages);
  const unpack = missing.flatMap((group) => group.unpack ?? []);
  const why = canInstall();
  if (why === undefined) {
    for (const { name, packages: install, unpack = [], wheels = [] } of missing) {
      console.log(`[test] installing Debian packages for ${name}: ${[...install, ...unpack].join(' ')}`);
      if (wheels.length > 0)
        console.log(`[test] downloading Python packages for ${name}: ${wheels.join(' ')}`);
    }
    console.log('[test] this takes some minutes the first time');
    apt(['update', '-q']);
    if (packages.length > 0) apt(['install', '-y', '--no-install-recommends', ...packages]);
    for (const name of unpack) unpackPackage(name);
    for (const wheel of missing.flatMap((group) => group.wheels ?? [])) unpackWheel(wheel);
  }
  return wanted
    .filter((group) => !isThere(group))
    .map((group) => ({
      ...group,
      why: `${why ?? 'the installation failed'}; as root: ${commandFor(group)}`,
    }));
}

/** What a person types to get a group. */
function commandFor({ packages, unpack, wheels }) {
  if (wheels) {
    const fetch = `${debianPython} -m pip download --no-deps -d ${unpackedPython} ${wheels.join(' ')}`;
    const unzip = `${debianPython} -m zipfile -e ${unpackedPython}*.whl ${unpackedPython}`;
    return `${commandFor({ packages })} && ${fetch} && ${unzip}`;
  }
  if (unpack) return `apt-get download ${unpack.join(' ')} && dpkg -x ${unpack[0]}_*.deb ${unpacked}`;
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

function unpackPackage(name) {
  const scratch = mkdtempSync(join(tmpdir(), 'consolemesh-deb-'));
  try {
    if (!apt(['download', name], scratch)) return;
    mkdirSync(unpacked, { recursive: true });
    for (const file of readdirSync(scratch))
      spawnSync('dpkg', ['-x', join(scratch, file), unpacked], { stdio: 'inherit' });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Unpacked only: installing would need a virtual environment, since Debian's Python takes no packages of others. */
function unpackWheel(requirement) {
  const scratch = mkdtempSync(join(tmpdir(), 'consolemesh-wheel-'));
  try {
    const download = ['-m', 'pip', 'download', '-q', '--disable-pip-version-check', '--no-deps'];
    if (!run(debianPython, [...download, '-d', scratch, requirement])) return;
    mkdirSync(unpackedPython, { recursive: true });
    for (const file of readdirSync(scratch))
      run(debianPython, ['-m', 'zipfile', '-e', join(scratch, file), unpackedPython]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs apt-get without questions. */
function apt(args, cwd = '/') {
  return run('apt-get', args, cwd);
}

/** Runs a program; says the end of its complaint when it fails. */
function run(program, args, cwd = '/') {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 20 * 60_000,
  });
  if (status === 0) return true;
  const complaint = error?.message ?? String(stderr).trim().split('\n').slice(-3).join(' | ');
  console.log(`[test] ${program} ${args.slice(0, 3).join(' ')} failed: ${complaint}`);
  return false;
}

function canInstall() {
  if (!onPath('apt-get')) return 'this system has no apt';
  if (process.getuid?.() !== 0) return 'packages can be installed by root only';
  return undefined;
}

function isThere(group) {
  return (
    group.programs.every(onPath) &&
    (group.files ?? []).every((file) => existsSync(file)) &&
    (group.find?.() ?? true)
  );
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
