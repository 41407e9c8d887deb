import type { Option } from 'commander';

/** Name of the hidden command that completion scripts run. */
export const wordsCommand = 'complete-words';

/** What can be asked from a mesh to complete a word; `interface-drivers` are drivers, auto and none. */
export const asks = [
  'nodes',
  'sessions',
  'drivers',
  'providers',
  'interface-drivers',
  'info-keys',
  'secret-keys',
] as const;
export type Ask = (typeof asks)[number];

const byArgument: Record<string, Ask> = {
  node: 'nodes',
  session: 'sessions',
  driver: 'drivers',
  provider: 'providers',
};

/** What completes an argument of this name; undefined when only its user knows. */
export function askOfArgument(name: string): Ask | undefined {
  return byArgument[name];
}

/** What completes the value of an option; undefined when only its user knows. */
export function askOfOption({ long, flags }: Option): Ask | undefined {
  if (long === '--info') return 'info-keys';
  if (long === '--secret') return 'secret-keys';
  const name = /[<[]([^>\]]+)/.exec(flags)?.[1] ?? '';
  return name === 'driver' ? 'interface-drivers' : byArgument[name];
}
