import { chmod, lstat, mkdir, open, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isRunning, nameProcess, type ProcessName } from './processes.ts';

/** The folder of one instance, which nobody else uses while it lives. */
export interface RuntimeFolder extends AsyncDisposable {
  readonly path: string;
}

const ownName = 'consolemesh-ipmi-socat';
/** What statfs(2) calls tmpfs. */
const TMPFS = 0x01021994;
/** What may stand in the path: it passes through the grammar of socat. */
const plainPath = /^\/[A-Za-z0-9/._-]+$/;

/**
 * Makes and takes the folder in which consoles are kept, 0700.
 * @throws Error in words when it cannot be used or another instance has it
 */
export async function takeRuntimeFolder(wanted: string | undefined): Promise<RuntimeFolder> {
  // A slash at the end would look through a link.
  const path = (wanted ?? (await usualFolder(process.env))).replace(/(?<=.)\/+$/, '');
  if (!plainPath.test(path)) {
    throw new Error(
      `CONSOLEMESH_SOCAT_RUNTIME_FOLDER is ${path}; only letters, digits and / . _ - may stand in it`,
    );
  }
  await mkdir(path, { recursive: true, mode: 0o700 });
  if ((await lstat(path)).isSymbolicLink() && (await isForAll(dirname(path)))) {
    throw new Error(
      `${path} is a link, and anybody could have made it; choose another CONSOLEMESH_SOCAT_RUNTIME_FOLDER`,
    );
  }
  const { uid } = await stat(path);
  if (uid !== process.getuid?.())
    throw new Error(
      `${path} belongs to another user of this host; choose another CONSOLEMESH_SOCAT_RUNTIME_FOLDER`,
    );
  await chmod(path, 0o700);
  const owner = join(path, 'owner.json');
  await takeOwnership(owner, path);
  return { path, [Symbol.asyncDispose]: () => rm(owner, { force: true }) };
}

/** Whether everybody at this host may make files there, as in /tmp. */
async function isForAll(folder: string): Promise<boolean> {
  return ((await stat(folder)).mode & 0o002) !== 0;
}

async function takeOwnership(file: string, path: string): Promise<void> {
  const me = JSON.stringify(await nameProcess(process.pid));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(me);
      await handle.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = parseOwner(await readFile(file, 'utf8').catch(() => ''));
    if (owner && (await isRunning(owner))) {
      throw new Error(
        `${path} is used by process ${owner.pid}; give each instance a CONSOLEMESH_SOCAT_RUNTIME_FOLDER of its own`,
      );
    }
    await rm(file, { force: true });
  }
  await writeFile(file, me, { mode: 0o600 });
}

function parseOwner(text: string): ProcessName | undefined {
  try {
    return JSON.parse(text) as ProcessName;
  } catch {
    return undefined;
  }
}

/** Where an instance keeps its files when nobody says: in memory, where there is such a place. */
async function usualFolder(env: NodeJS.ProcessEnv): Promise<string> {
  // systemd makes this one for the service alone.
  const own = env.RUNTIME_DIRECTORY?.split(':')[0];
  if (own) return own;
  for (const folder of [env.XDG_RUNTIME_DIR, '/run', '/dev/shm']) {
    if (folder && (await isMemory(folder)) && (await canBeUsed(folder))) return join(folder, nameForUser());
  }
  return join(tmpdir(), nameForUser());
}

const nameForUser = () => `${ownName}-${process.getuid?.() ?? 0}`;

async function isMemory(folder: string): Promise<boolean> {
  return statfs(folder)
    .then(({ type }) => type === TMPFS)
    .catch(() => false);
}

async function canBeUsed(folder: string): Promise<boolean> {
  const path = join(folder, nameForUser());
  return mkdir(path, { recursive: true, mode: 0o700 })
    .then(() => true)
    .catch(() => false);
}
