import { MeshError } from '@consolemesh/errors';
import { expect, test } from 'vitest';
import { fakeNode, runCli, startFakeApi } from './testing.ts';

const failing = async (reason: ConstructorParameters<typeof MeshError>[0], message = 'So it is.') => {
  const fail = async () => {
    throw new MeshError(reason, message);
  };
  return startFakeApi({
    nodes: { getNode: fail, deleteNode: fail },
    consoles: { enableConsole: fail, createConsoleUrl: fail },
    power: { getPower: fail, setBootDevice: fail },
  });
};

test.each([
  ['NO_DRIVER', 'console enable n1', 'consolemesh node set n1 --graphical auto'],
  ['NO_DRIVER', 'console enable n1 --kind serial', 'consolemesh node set n1 --serial auto'],
  ['NO_DRIVER', 'power show n1', 'consolemesh node set n1 --power auto'],
  ['NO_DRIVER', 'boot-device n1 pxe', 'consolemesh node set n1 --power auto'],
  ['CONSOLE_DISABLED', 'console url n1', 'consolemesh console enable n1 --wait'],
  ['CONSOLE_DISABLED', 'console url n1 -k serial', 'consolemesh console enable n1 --kind serial --wait'],
  ['BMC_CERTIFICATE_REFUSED', 'console enable n1', 'consolemesh doctor n1'],
  ['NODE_NOT_FOUND', 'node show n1', 'consolemesh node list'],
  ['NODE_IN_USE', 'node delete n1', 'consolemesh node delete n1 --force'],
] as const)('%s of %s leads to a command that mends it', async (reason, command, advice) => {
  await using api = await failing(reason);
  const { stderr } = await api.run(command);
  expect(stderr).toContain(`So it is. (${reason})\n`);
  expect(stderr).toContain(advice);
  if (reason === 'NO_DRIVER') expect(stderr).not.toContain('doctor');
});

test('the reason stands in a field of its own in JSON, not in the message', async () => {
  await using api = await failing('NODE_NOT_FOUND');
  const { code, stdout, stderr } = await api.run('node show n1 -o json');
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(JSON.parse(stderr).error).toMatchObject({ reason: 'NODE_NOT_FOUND', message: 'So it is.' });
});

test.each([
  ['node list --bogus -o json', "unknown option '--bogus'", 'See consolemesh node list --help.'],
  ['node lst -o json', 'Did you mean list?', 'See consolemesh node --help.'],
  ['-o json', 'a command is missing', 'See consolemesh --help.'],
  ['node show --output=json', "missing required argument 'node'", 'See consolemesh node show --help.'],
  [
    'node list --limit x -o json',
    "option '--limit <n>' argument 'x' is invalid",
    'See consolemesh node list --help.',
  ],
])('%s is a mistake that JSON tells, too', async (command, message, hint) => {
  const { code, stdout, stderr } = await runCli(command.split(' '));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const { error } = JSON.parse(stderr);
  expect(error).toMatchObject({ reason: 'USAGE', hint, exitCode: 2 });
  expect(error.message).toContain(message);
});

test('without a command there is the help of what stands there, and a wrong one after help is named', async () => {
  const { code, stdout, stderr } = await runCli(['node']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^Usage: consolemesh node /);
  expect((await runCli(['help', 'nope'])).stderr).toMatch(
    /^consolemesh: there is no command nope: one of up, node, /,
  );
  expect((await runCli(['help', 'nope'])).stderr).not.toContain('complete-words');
});

test('help is offered for mistakes of syntax only', async () => {
  expect((await runCli(['node', 'list', '--bogus'])).stderr).toBe(
    "consolemesh: unknown option '--bogus'\nSee consolemesh node list --help.\n",
  );
  expect((await runCli(['node', 'create', 'n', '--secret', 'a=@/nowhere/x'])).stderr).not.toContain('--help');
});

test('every help ends with the options that count everywhere, under a heading of their own', async () => {
  const { code, stdout } = await runCli(['node', 'show', '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Options:\n +-h, --help[^\n]*\n\nOptions of every command:\n +--api <target>/);
  expect(stdout).toContain('-o, --output <format>');
  expect(stdout).not.toContain('--version');
  const root = (await runCli(['--help'])).stdout;
  expect(root.match(/Options of every command:/g)).toHaveLength(1);
  expect(root).not.toContain('complete-words');
});

test('a node is shown although the token service is away, and the other way round', async () => {
  await using api = await startFakeApi({ nodes: { getNode: async () => ({ node: fakeNode() }) } });
  expect((await api.run('node show n1 --token-api 127.0.0.1:1')).code).toBe(0);
  expect(await api.run('token list --token-api 127.0.0.1:1')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('Nothing listens at 127.0.0.1:1, where the token service should be'),
  });
});
