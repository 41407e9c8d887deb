import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeNode, runCli, startFakeApi } from './testing.ts';

const bash = async (line: string, before = '') => {
  const { stdout } = await runCli(['completion', 'bash']);
  const words = line.split(' ');
  const script = `${before}
${stdout}
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

const driver = (name: string, keys: string[]) => ({
  name,
  capabilities: undefined,
  optionsSchema: JSON.stringify({
    properties: {
      driver_info: { properties: Object.fromEntries(keys.map((key) => [key, {}])) },
      driver_secrets: { properties: { [`${name}_password`]: {} } },
    },
  }),
  instances: [],
});

const answering = () =>
  startFakeApi({
    nodes: {
      listNodes: async ({ namePrefix }) => ({
        nodes: ['rack1-u7', 'rack2-u1', '$(reboot)']
          .map((name) => fakeNode({ name }))
          .filter(({ name }) => name.startsWith(namePrefix)),
        nextPageToken: '',
      }),
      getNode: async () => ({
        node: fakeNode({ interfaces: { graphical: 'auto', serial: 'sol', power: '' } }),
      }),
    },
    inventory: {
      listDrivers: async () => ({
        drivers: [driver('vnc', ['vnc_address', 'vnc_port']), driver('sol', ['sol_host'])],
      }),
    },
  });

test('what only the mesh knows is asked from it: nodes, drivers, and the options of the driver that is meant', async () => {
  await using api = await answering();
  const ask = async (what: string, current: string, words = '') => {
    const argv = ['complete-words', '--', what, current, ...words.split(' ')];
    const { code, stdout, stderr } = await api.run(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.split('\n').slice(0, -1);
  };
  // A name that a shell would run is not handed to it.
  expect(await ask('nodes', '', 'node show')).toEqual(['rack1-u7', 'rack2-u1']);
  expect(await ask('nodes', 'rack2', 'node show')).toEqual(['rack2-u1']);
  expect(await ask('drivers', '')).toEqual(['vnc', 'sol']);
  expect(await ask('interface-drivers', '')).toEqual(['vnc', 'sol', 'auto', 'none']);
  const every = ['vnc_address=', 'vnc_port=', 'sol_host='];
  expect(await ask('info-keys', '', 'node create n1 --info')).toEqual(every);
  expect(await ask('info-keys', '', 'node create n1 --graphical vnc --info')).toEqual(every.slice(0, 2));
  expect(await ask('info-keys', '', 'node create n1 --serial=sol --info')).toEqual(['sol_host=']);
  expect(await ask('info-keys', '', 'node set n1 --info')).toEqual(['sol_host=']);
  expect(await ask('secret-keys', 'v', 'node create n1 --secret')).toEqual(['vnc_password=']);
});

test('a mesh that is not there completes nothing and complains of nothing', async () => {
  for (const target of ['127.0.0.1:1', 'no target']) {
    const argv = ['complete-words', '--', 'nodes', '', 'node', 'show', '--api', target];
    expect(await runCli(argv)).toEqual({ code: 0, stdout: '', stderr: '' });
  }
});

test('bash asks for names where names stand, with the words before them, and for nothing where a value is free', async () => {
  const ask = 'consolemesh() { echo "$@" >&3; echo n1 n2; }; exec 3>&1;';
  expect(await bash('consolemesh --api h:1 node show ', ask)).toEqual([
    'complete-words -- nodes  --api h:1 node show',
    'n1',
    'n2',
  ]);
  expect(await bash('consolemesh node create n --graphical n1', ask)).toEqual([
    'complete-words -- interface-drivers n1 node create n --graphical',
    'n1',
  ]);
  expect(await bash('consolemesh node set n --owner ', ask)).toEqual(['']);
});

test.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const)('the script for %s is well-formed where that shell is installed', async (shell, flags) => {
  const { code, stdout } = await runCli(['completion', shell]);
  expect(code).toBe(0);
  expect(stdout).toContain('soft-off');
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-completion-'));
  await writeFile(join(folder, 'script'), stdout);
  const checked = spawnSync(shell, [...flags, join(folder, 'script')], { encoding: 'utf8' });
  await rm(folder, { recursive: true, force: true });
  // A shell that is not there cannot object.
  if (checked.error) expect(checked.error).toMatchObject({ code: 'ENOENT' });
  else expect(checked.stderr).toBe('');
});

/** What the program answers in the shells below: its arguments, so that they can be seen, and a name. */
const standIn = 'echo "$@" | grep -q "complete-words -- nodes r node show" && echo rack1-u7';

test.each([
  [
    'zsh',
    (file: string) =>
      `compdef() { : }; compadd() { print -r -- "$@" }; _files() { print _files }; source ${file}
words=(consolemesh node show r); CURRENT=4; _consolemesh`,
    '-- rack1-u7',
  ],
  ['fish', (file: string) => `source ${file}; complete -C 'consolemesh node show r'`, 'rack1-u7'],
] as const)('%s asks for names, too, where that shell is installed', async (shell, script, answer) => {
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-completion-'));
  try {
    await writeFile(join(folder, 'script'), (await runCli(['completion', shell])).stdout);
    await writeFile(join(folder, 'consolemesh'), `#!/bin/sh\n${standIn}\n`, { mode: 0o755 });
    const env = { ...process.env, HOME: folder, PATH: `${folder}:${process.env.PATH}` };
    const run = spawnSync(shell, ['-c', script(join(folder, 'script'))], { env, encoding: 'utf8' });
    if (run.error) return expect(run.error).toMatchObject({ code: 'ENOENT' });
    expect(run.stdout.trim()).toBe(answer);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
