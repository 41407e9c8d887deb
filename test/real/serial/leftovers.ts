import { readdir, readFile } from 'node:fs/promises';
import { markName } from './part.ts';

/** A process that runs. */
export interface Found {
  readonly pid: number;
  readonly program: string;
  readonly words: readonly string[];
}

/** Processes of a world: its mark is in their environment, or its folder in their command line. */
export async function processesOf(folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)) {
    if (pid === process.pid) continue;
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
    const [line, environment, program, stat] = await Promise.all(
      ['cmdline', 'environ', 'comm', 'stat'].map(read),
    );
    const marked = environment!.split('\0').includes(`${markName}=${folder}`);
    const dead = /^\d+ \(.*\) [ZX]/s.test(stat!);
    if (!dead && (marked || line!.includes(`${folder}/`)))
      found.push({ pid, program: program!.trim(), words: line!.split('\0') });
  }
  return found;
}

/** Answers whether it was still there. */
export function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
