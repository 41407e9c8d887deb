// Makes a fresh checkout runnable: `npm start` and `npm test` both begin here. Plain JavaScript without dependencies, because it runs
// before there are any.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The oldest Node.js that everything here runs on. */
const oldestNode = [20, 19];

/** Folder of the whole project. */
export const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Checks Node.js, runs `npm ci` when node_modules is missing or older than the lock file, and `npm run prepare` when the generated
 * contracts or the page are missing or out of date. Says on standard error what it does and why; says nothing when all is there.
 *
 * @param {{root?: string, say?: (line: string) => void, run?: (args: string[], root: string) => Promise<number>}} [options]
 *   seams for tests; `run` starts npm and answers its exit code
 * @returns {Promise<void>} rejects with a sentence that says what to do
 */
export async function ensureInstalled({ root = projectRoot, say = announce, run = runNpm } = {}) {
  checkNode(process.versions.node);
  const reason = whyInstall(root);
  if (reason) {
    say(`${reason}: installing the dependencies with npm ci (a minute or two)`);
    // The development tools are what runs TypeScript, so they are wanted even where npm is told to leave them out.
    await npm(['ci', '--include=dev', '--no-audit', '--no-fund'], 'npm ci failed; its output above says why');
  }
  const stale = whyPrepare(root);
  if (stale) {
    say(`${stale}: running npm run prepare`);
    await npm(['run', '--silent', 'prepare'], 'npm run prepare failed; its output above says why');
  }

  async function npm(args, complaint) {
    const code = await run(args, root);
    if (code !== 0) throw new Error(complaint);
  }
}

/**
 * @param {string} version such as `20.19.1`
 * @throws Error that names both versions, when it is too old
 */
export function checkNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Error(
    `consolemesh needs Node.js ${oldestNode.join('.')} or newer; this is ${version}. Install a newer one from https://nodejs.org`,
  );
}

/** Why the dependencies have to be installed; undefined when they need not be. */
function whyInstall(root) {
  // npm writes this file last, so an installation that was interrupted has none.
  const installed = modified(join(root, 'node_modules/.package-lock.json'));
  if (installed === 0) return 'node_modules is missing or incomplete';
  if (installed < modified(join(root, 'package-lock.json')))
    return 'package-lock.json is newer than node_modules';
  return undefined;
}

/** Why the generated files have to be made; undefined when they need not be. */
function whyPrepare(root) {
  const contracts = modified(join(root, 'libs/contracts/src/gen/descriptors.binpb'));
  if (contracts === 0) return 'the generated contracts are missing';
  if (contracts < newest(join(root, 'proto'), /\.(proto|yaml)$/)) return 'the contracts have changed';
  const page = join(root, 'services/novncproxy');
  const built = modified(join(page, 'dist/page/index.html'));
  if (built === 0) return 'the page is not built';
  if (built < newest(join(page, 'src/page'), /(?<!\.test)\.(ts|html|css|svg)$/))
    return 'the page has changed';
  return undefined;
}

/** When a file was written last, ms since the epoch; 0 when there is none. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(folder, names) {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => names.test(name));
  return Math.max(0, ...files.map((name) => modified(join(folder, name))));
}

/** npm as a child in the same terminal. npm_execpath is set when npm itself started us, and spares a look-up in PATH. */
function runNpm(args, root) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  return new Promise((resolve, reject) => {
    // Standard output belongs to whoever reads ours; what npm says goes beside it.
    const child = spawn(command, [...first, ...args], { cwd: root, stdio: ['inherit', 2, 2] });
    child.on('error', (error) => reject(new Error(`npm could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
  });
}

function announce(line) {
  process.stderr.write(`consolemesh: ${line}\n`);
}
