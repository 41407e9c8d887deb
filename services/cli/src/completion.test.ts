import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runCli } from './testing.ts';

const bash = async (line: string) => {
  const { stdout } = await runCli(['completion', 'bash']);
  const words = line.split(' ');
  const script = `${stdout}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=()
_consolemesh; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).trim().split('\n');
};

test('bash completes commands, options and the words that an option takes', async () => {
  expect(await bash('consolemesh no')).toEqual(['node']);
  expect(await bash('consolemesh node s')).toEqual(['show', 'set']);
  expect(await bash('consolemesh console enable n1 --k')).toEqual(['--kind']);
  expect(await bash('consolemesh console enable n1 --kind ')).toEqual(['graphical', 'serial']);
  expect(await bash('consolemesh -o json console list --state re')).toEqual(['ready']);
  expect(await bash('consolemesh boot-device n1 p')).toEqual(['pxe']);
  expect(await bash('consolemesh console url n1 --api')).toEqual(['--api']);
});

test.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const)('the script for %s is well-formed where that shell is installed', async (shell, flags) => {
  const { code, stdout } = await runCli(['completion', shell]);
  expect(code).toBe(0);
  expect(stdout).toContain('soft-off');
  const checked = spawnSync(shell, flags, { input: stdout, encoding: 'utf8' });
  // A shell that is not there cannot object.
  if (checked.error) expect(checked.error).toMatchObject({ code: 'ENOENT' });
  else expect(checked.stderr).toBe('');
});
