// What the tests need beside npm packages: real programs, from Debian's packages.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * name: how CONSOLEMESH_TEST_WITHOUT calls it; programs: what must be on the PATH; packages: Debian packages that bring them;
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
    suites: ['test/real/**'],
  },
  {
    name: 'chromium',
    programs: ['chromium'],
    packages: ['chromium'],
    suites: ['test/browser/**'],
  },
  {
    name: 'novnc',
    programs: ['websockify'],
    files: ['/usr/share/novnc/vnc.html'],
    packages: ['novnc', 'websockify'],
    suites: [],
  },
  {
    name: 'postgres',
    programs: [],
    find: () =>
      existsSync('/usr/lib/postgresql') &&
      readdirSync('/usr/lib/postgresql').some((v) => existsSync(`/usr/lib/postgresql/${v}/bin/initdb`)),
    packages: ['postgresql'],
    suites: [],
  },
];

/** Installs what is missing where that is allowed; answers the groups that are still missing, each with the reason and the command. */
export async function installSystemPackages() {
  const missing = groups.filter((group) => !isThere(group));
  if (missing.length === 0) return [];
  const packages = missing.flatMap((group) => group.packages);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const why = canInstall();
  if (why === undefined) {
    for (const group of missing)
      console.log(`[test] installing Debian packages for ${group.name}: ${group.packages.join(' ')}`);
    console.log('[test] this takes some minutes the first time');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update', '-q'], command.split(' ').slice(1)]) {
      const { status, stderr, error } = spawnSync('apt-get', args, {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 20 * 60_000,
      });
      if (status !== 0)
        console.log(
          `[test] apt-get ${args[0]} failed: ${error?.message ?? String(stderr).trim().split('\n').slice(-3).join(' | ')}`,
        );
    }
  }
  return groups
    .filter((group) => !isThere(group))
    .map((group) => ({
      ...group,
      why: `${why ?? 'the installation failed'}; as root: apt-get install -y --no-install-recommends ${group.packages.join(' ')}`,
    }));
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
