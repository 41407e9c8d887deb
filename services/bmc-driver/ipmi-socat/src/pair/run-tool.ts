import { spawn } from 'node:child_process';
import { MeshError } from '@consolemesh/errors';
import { understand } from '../node/ipmitool-words.ts';

/** Most of ipmitool's words that are kept. */
const maxWords = 64 * 1024;

/**
 * Runs ipmitool once from a folder: `login` asks the BMC who it is, `deactivate` ends the session on its serial console (none is fine).
 * @throws MeshError BMC_*, CANCELLED
 */
export async function runTool(
  folder: string,
  verb: 'login' | 'deactivate',
  { where, path, signal }: { where: string; path: string; signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn('/bin/sh', [`${folder}/run`, verb], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: path },
    // A group of its own, so that the tool ends with the script.
    detached: true,
    cwd: '/',
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < maxWords) words += chunk.toString('latin1');
  });
  const end = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (signal.aborted) throw new MeshError('CANCELLED', undefined, { cause: signal.reason });
    if (code === 0 || (verb === 'deactivate' && /SOL payload already de-activated/.test(words))) return;
    if (code === 127) throw missingProgram('ipmitool');
    throw understand(words, where) ?? new MeshError('BMC_ERROR', `${where}: ipmitool ended with ${code}.`);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** Debian packages of the programs. */
const packages = { socat: 'socat', ipmitool: 'ipmitool', flock: 'util-linux' } as const;

/** What to do about a program that is not there. */
export function installCommand(programs: readonly (keyof typeof packages)[]): string {
  return `apt-get install -y --no-install-recommends ${programs.map((program) => packages[program]).join(' ')}`;
}

/** The error of a call that needs a program that is not there. */
export function missingProgram(program: keyof typeof packages): MeshError {
  return new MeshError(
    'UNAVAILABLE',
    `${program} is not installed at the driver; ${installCommand([program])}`,
  );
}
