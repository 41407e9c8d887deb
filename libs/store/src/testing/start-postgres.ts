import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTestDatabase, dropTestDatabase, withClient } from './create-test-database.ts';
import { findPostgres } from './find-postgres.ts';

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  /** A new, empty database; its URL is good for `openDatabase`. Dropped with the server. */
  createDatabase(): Promise<string>;
  /** Ends the server at once, as a crash would: open connections break. Not for a server that was given by URL. */
  stop(): Promise<void>;
  /** Starts it again after `stop`, with its data and under the same URLs. */
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
/** Safe against an end of the process, which is all a test can cause; only a power loss would lose data. */
const FAST = ['fsync=off', 'full_page_writes=off'];

const run = promisify(execFile);

/**
 * Starts PostgreSQL in a folder of its own under /tmp, on a Unix socket only, with fsync off. When we are root it runs as
 * the user `postgres`, for PostgreSQL refuses root. With `CONSOLEMESH_TEST_POSTGRES_URL` in the environment that server is
 * used instead and nothing is started.
 * @throws Error that names the package to install when PostgreSQL is missing
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env.CONSOLEMESH_TEST_POSTGRES_URL;
  return given ? useServer(given) : startServer();
}

async function startServer(): Promise<PostgresServer> {
  const bin = findPostgres();
  const identity = await chooseIdentity();
  // Not os.tmpdir(): the path of a socket has to stay under 108 bytes.
  const folder = await mkdtemp('/tmp/consolemesh-postgres-');
  const adminUrl = `postgres:///postgres?host=${folder}&user=postgres`;
  let server: ChildProcess | undefined;

  /** setpriv becomes the command, so signals reach it, and it dies with us even if we are killed. */
  const command = (name: string, args: string[]): [string, string[]] => [
    'setpriv',
    [...identity.flags, '--pdeathsig', 'QUIT', '--', join(bin, name), '-D', join(folder, 'data'), ...args],
  ];
  const start = async () => {
    const options = [...FAST, 'listen_addresses=', 'max_connections=60'].flatMap((option) => ['-c', option]);
    const [file, args] = command('postgres', ['-k', folder, ...options]);
    server = spawn(file, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    await untilReady(server, adminUrl);
  };
  const stop = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGQUIT');
    await exited;
  };
  const dispose = async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };

  try {
    if (identity.user) await chown(folder, identity.user.uid, identity.user.gid);
    const [file, args] = command('initdb', [
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ]);
    await run(file, args, { cwd: folder, timeout: START_TIMEOUT_MS });
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { createDatabase: () => createTestDatabase(adminUrl), start, stop, [Symbol.asyncDispose]: dispose };
}

/** As whom the server runs: as ourselves, or as `postgres` when we are root. */
async function chooseIdentity(): Promise<{ flags: string[]; user?: { uid: number; gid: number } }> {
  if (process.getuid?.() !== 0) return { flags: [] };
  const id = async (what: '-u' | '-g') => Number((await run('id', [what, 'postgres'])).stdout);
  const user = { uid: await id('-u'), gid: await id('-g') };
  return { flags: ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups'], user };
}

async function untilReady(server: ChildProcess, adminUrl: string): Promise<void> {
  let log = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
  });
  server.on('error', (error) => {
    log += error.message;
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await withClient(adminUrl, async (client) => void (await client.query('select 1')));
    } catch (error) {
      const gone = server.pid === undefined || server.exitCode !== null || server.signalCode !== null;
      if (gone || performance.now() > deadline)
        throw new Error(`PostgreSQL did not start:\n${log}`, { cause: error });
    }
    await sleep(20);
  }
}

/** Databases on a server that somebody else runs: what we created is dropped, the server stays. */
function useServer(adminUrl: string): PostgresServer {
  const created: string[] = [];
  const refuse = async () => {
    throw new Error(
      'the server at CONSOLEMESH_TEST_POSTGRES_URL is not ours to stop; unset it for this test',
    );
  };
  return {
    async createDatabase() {
      const url = await createTestDatabase(adminUrl);
      created.push(url);
      return url;
    },
    start: refuse,
    stop: refuse,
    async [Symbol.asyncDispose]() {
      for (const url of created) await dropTestDatabase(adminUrl, url);
    },
  };
}
