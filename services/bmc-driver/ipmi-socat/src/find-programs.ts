import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { installCommand } from './pair/run-tool.ts';

const needed = ['socat', 'ipmitool', 'flock'] as const;

/** What is missing for consoles at this host, as `Driver.probe` answers it; undefined when nothing is. */
export async function probePrograms(path: string): Promise<{ state: 'broken'; message: string } | undefined> {
  const there = await Promise.all(needed.map((program) => isOnPath(program, path)));
  const missing = needed.filter((_, i) => !there[i]);
  if (missing.length === 0) return undefined;
  const verb = missing.length === 1 ? 'is' : 'are';
  return {
    state: 'broken',
    message: `${missing.join(' and ')} ${verb} not installed; as root: ${installCommand(missing)}`,
  };
}

async function isOnPath(program: string, path: string): Promise<boolean> {
  for (const folder of path.split(delimiter)) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
