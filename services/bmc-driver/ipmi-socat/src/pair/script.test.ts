import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IpmiInfo, type IpmiNode, type IpmiSecrets, inspectOptions } from '../node/options.ts';
import { toolFilesOf } from '../node/tool-files.ts';
import { createFakeIpmitool, wrongPassword } from '../testing/fake-ipmitool.ts';
import { writeConsoleFolder } from './console-folder.ts';
import { runTool } from './run-tool.ts';

const info: IpmiInfo = {
  ipmi_address: '10.0.0.5',
  ipmi_port: 623,
  ipmi_username: 'admin',
  ipmi_priv_level: 'ADMINISTRATOR',
  ipmi_protocol_version: '2.0',
  ipmi_cipher_suite: 'auto',
  ipmi_sol_hold: 'viewers',
  ipmi_sol_take_over: 'stale',
  ipmi_bridging: 'no',
};
const nodeOf = (
  more: Partial<IpmiInfo> = {},
  secrets: IpmiSecrets = { ipmi_password: 'pinewood' },
): IpmiNode => ({
  ...{ id: 'n', name: 'n', secrets },
  info: { ...info, ...more },
});

/** A console's folder with the real script and shell in front of an ipmitool that is made up. */
async function world(node = nodeOf()) {
  const tool = await createFakeIpmitool();
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-script-'));
  await writeConsoleFolder(folder, toolFilesOf(node, folder), {
    takeover: node.info.ipmi_sol_take_over === 'always',
  });
  const { signal } = new AbortController();
  return {
    tool,
    folder,
    run: (verb: 'login' | 'deactivate') =>
      runTool(folder, verb, { where: 'the BMC', path: tool.path, signal }),
    /** What a client of socat sees. */
    async activate(): Promise<string> {
      const child = spawn('/bin/sh', [`${folder}/run`, 'activate'], {
        env: { PATH: tool.path },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let seen = '';
      child.stdout.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
      });
      await once(child, 'close');
      return seen;
    },
    verbs: async () => (await tool.calls()).map(({ verb }) => verb),
    has: async (name: string) => (await readdir(folder)).includes(name),
    write: (name: string) => writeFile(join(folder, name), ''),
    async [Symbol.asyncDispose]() {
      await tool[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const nasty = fc.string({
  unit: fc.constantFrom(
    '$',
    '`',
    '"',
    "'",
    '\\',
    ' ',
    ',',
    ':',
    '!',
    '(',
    ')',
    ';',
    '|',
    '&',
    '<',
    '>',
    '*',
    '?',
    '%',
    '#',
    '~',
    '-',
    'é',
    'a',
    '{',
    '}',
    '\x81',
  ),
  maxLength: 12,
});

describe('what a user wrote', () => {
  it('reaches ipmitool as it is, whatever it would mean to a shell or to socat', async () => {
    await fc.assert(
      fc.asyncProperty(
        nasty,
        nasty,
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        async (name, password, key) => {
          const kg = Buffer.from(key).toString('hex');
          const node = nodeOf({ ipmi_username: name }, { ipmi_password: password, ipmi_hex_kg_key: kg });
          fc.pre(inspectOptions(node).length === 0);
          await using test = await world(node);
          await test.run('login');
          const [call] = await test.tool.calls();
          const { words } = call!;
          if (name === '') expect(words).not.toContain('-U');
          else expect(words[words.indexOf('-U') + 1]).toBe(Buffer.from(name).toString('latin1'));
          expect(call!.password).toBe(password === '' ? '\0' : Buffer.from(password).toString('latin1'));
          expect(call!.key).toBe(Buffer.from(key).toString('latin1').replace(/\0+$/, ''));
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  it('is in no argument and no environment but the key, which is in that of ipmitool alone', async () => {
    const kg = Buffer.from('twenty bytes of key!').toString('hex');
    await using test = await world(nodeOf({}, { ipmi_password: 'pinewood', ipmi_hex_kg_key: kg }));
    await test.run('login');
    const [call] = await test.tool.calls();
    expect(call!.words.join(' ')).not.toMatch(/pinewood|twenty|[0-9a-f]{40}/);
    expect(call).toMatchObject({ inEnvironment: '0', key: 'twenty bytes of key!' });
    for (const name of ['password', 'key', 'arguments']) {
      expect((await stat(join(test.folder, name))).mode & 0o777, name).toBe(0o600);
    }
    expect((await stat(test.folder)).mode & 0o777).toBe(0o700);
  });

  it('names the BMCs between when there are some', async () => {
    const bridging = {
      ipmi_bridging: 'dual',
      ipmi_local_address: '0x20',
      ipmi_target_channel: '7',
      ipmi_target_address: '0x72',
      ipmi_transit_channel: '1',
      ipmi_transit_address: '0x82',
    } as const;
    await using test = await world(nodeOf({ ...bridging, ipmi_cipher_suite: '17' }));
    await test.run('login');
    expect((await test.tool.calls())[0]!.words.join(' ')).toContain(
      '-C 17 -m 0x20 -b 7 -t 0x72 -B 1 -T 0x82 -f',
    );
  });
});

describe('an activation', () => {
  it('takes the console from nobody, and leaves no mark when ipmitool has given it back', async () => {
    await using test = await world();
    await test.activate();
    expect(await test.verbs()).toEqual(['activate']);
    expect(await test.has('active')).toBe(false);
  });

  it('ends what an earlier one left at the BMC, before it begins', async () => {
    await using test = await world();
    await test.write('active');
    await test.activate();
    expect(await test.verbs()).toEqual(['deactivate', 'activate']);
  });

  it('takes the console away where the node says so', async () => {
    await using test = await world(nodeOf({ ipmi_sol_take_over: 'always' }));
    await test.activate();
    expect(await test.verbs()).toEqual(['deactivate', 'activate']);
  });

  it('gives the console back when ipmitool was killed, and remembers for two minutes that it could not', async () => {
    await using test = await world();
    await test.tool.acts('case $verb in activate) kill -KILL $$ ;; deactivate) exit 1 ;; esac');
    await test.activate();
    expect(await test.verbs()).toEqual(['activate', 'deactivate']);
    expect([await test.has('active'), await test.has('lost')]).toEqual([false, true]);
    await test.tool.acts('exit 0');
    await test.activate();
    expect((await test.verbs()).slice(2)).toEqual(['deactivate', 'activate']);

    await test.write('lost');
    const longAgo = new Date(Date.now() - 180_000);
    await utimes(join(test.folder, 'lost'), longAgo, longAgo);
    await test.activate();
    expect((await test.verbs()).slice(4)).toEqual(['activate']);
  });

  it.each([
    ['somebody else has it', 'Info: SOL payload already active on another session', true],
    ['the BMC has taken it away', 'SOL session closed by BMC', false],
  ])('ends nothing at the BMC when %s', async (_what, words, shown) => {
    await using test = await world();
    await test.tool.acts(`echo 'Loading IANA PEN Registry...' >&2; echo '${words}' >&2; exit 1`);
    expect(await test.activate()).toBe(shown ? `${words}\n` : '');
    expect(await test.verbs()).toEqual(['activate']);
    expect(await test.has('active')).toBe(false);
  });

  it('shows a client that the credentials are refused, and never asks the BMC again with them', async () => {
    await using test = await world();
    await test.tool.acts(wrongPassword);
    expect(await test.activate()).toContain('RAKP 2 HMAC is invalid');
    for (let i = 0; i < 3; i += 1)
      expect(await test.activate()).toContain('Not tried again with these credentials');
    expect(await test.verbs()).toEqual(['activate']);
    await test.tool.acts('exit 0');
    await writeConsoleFolder(test.folder, toolFilesOf(nodeOf({}, { ipmi_password: 'new' }), test.folder), {
      takeover: false,
    });
    expect(await test.activate()).toBe('');
    expect(await test.verbs()).toEqual(['activate', 'activate']);
  });

  it('is not ended or stopped by signals, which would leave the console taken', async () => {
    await using test = await world();
    await test.tool.acts(
      `for name in TERM HUP INT TSTP; do kill -$name $$ $PPID; done; echo alive >${test.folder}/order`,
    );
    await test.activate();
    expect(await readFile(join(test.folder, 'order'), 'utf8')).toBe('alive\n');
    expect(await test.verbs()).toEqual(['activate']);
    expect(await test.has('active')).toBe(false);
  });

  it('waits for the one before it', async () => {
    await using test = await world();
    await test.tool.acts(`echo in >>${test.folder}/order; sleep 0.3; echo out >>${test.folder}/order`);
    await Promise.all([test.activate(), test.activate()]);
    expect(await readFile(join(test.folder, 'order'), 'utf8')).toBe('in\nout\nin\nout\n');
  });

  it('keeps a bounded number of complaints', async () => {
    await using test = await world();
    await test.tool.acts('head -c 3000000 /dev/zero >&2 2>/dev/null; exit 0');
    await test.activate();
    expect((await stat(join(test.folder, 'errors'))).size).toBeLessThanOrEqual(2048 * 1024);
  });
});

describe('a question of the driver', () => {
  it('fails with what ipmitool said, in words', async () => {
    await using test = await world();
    await test.tool.acts(wrongPassword);
    await expect(test.run('login')).rejects.toMatchObject({
      reason: 'BMC_AUTHENTICATION_FAILED',
      message: 'the BMC refuses the password; correct ipmi_password.',
    });
  });

  it('finds nothing wrong with a session that is not there to be ended', async () => {
    await using test = await world();
    await test.tool.acts(`echo 'Info: SOL payload already de-activated' >&2; exit 1`);
    await test.run('deactivate');
  });

  it('ends with its caller', async () => {
    await using test = await world();
    await test.tool.acts('sleep 60');
    const abort = new AbortController();
    const asked = runTool(test.folder, 'login', {
      where: 'the BMC',
      path: test.tool.path,
      signal: abort.signal,
    });
    asked.catch(() => {});
    await expect.poll(test.verbs).toEqual(['login']);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ reason: 'CANCELLED' });
  });

  it('says which package brings ipmitool when there is none', async () => {
    await using test = await world();
    const signal = AbortSignal.timeout(10_000);
    await expect(runTool(test.folder, 'login', { where: 'x', path: '/nowhere', signal })).rejects.toThrow(
      /apt-get install .*ipmitool/,
    );
  });
});
