import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Person } from './attach/messages.ts';
import { startFakeDoor } from './attach/testing.ts';
import { runCommandLine } from './run-command-line.ts';
import { startFakeApi } from './testing.ts';

/** A conductor that gives tokens, a door, and the command between a terminal or pipes that the test holds. */
async function start(refuse?: (line: string) => string | undefined, others: Person[] = []) {
  const door = await startFakeDoor(refuse, others);
  let tokens = 0;
  const api = await startFakeApi({
    consoles: {
      async createConsoleUrl() {
        tokens += 1;
        return { url: 'http://127.0.0.1:6091/#token=x', token: `token-${tokens}` };
      },
    },
  });
  return {
    door,
    attach(words = '', { terminal = false, quiet = false } = {}) {
      const stdin = new PassThrough();
      const raw: boolean[] = [];
      const stop = new AbortController();
      const text = { stdout: '', stderr: '' };
      const output = (name: keyof typeof text) => ({
        isTTY: terminal,
        columns: 132,
        rows: 50,
        write(more: string | Uint8Array) {
          text[name] += Buffer.from(more as string).toString();
          return true;
        },
      });
      const keyboard = terminal ? { isTTY: true, setRawMode: (on: boolean) => raw.push(on) } : {};
      const given = words === '' ? [] : words.split(' ');
      const code = runCommandLine(
        [
          '--api',
          api.target,
          ...(quiet ? ['-q'] : []),
          'console',
          'attach',
          'n1',
          '--door',
          door.address,
          ...given,
        ],
        {
          stdin: Object.assign(stdin, keyboard),
          stdout: output('stdout'),
          stderr: output('stderr'),
          env: {},
          stop: () => stop.signal,
        },
      );
      return { stdin, raw, text, code, stop: () => stop.abort() };
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

test('a script says something, reads what comes back, and leaves when the line is silent', async () => {
  await using bench = await start();
  const { stdin, text, code } = bench.attach('--linger 100ms');
  stdin.end('uname ~.\n~.\n');
  const client = await bench.door.next();
  expect(client.line).toBe('consolemesh/1 token=token-1 role=control mode=frames');
  await expect.poll(client.typed).toBe('uname ~.\n~.\n');
  client.say('Linux\n');
  expect(await code).toBe(0);
  expect(text.stdout).toBe('Linux\n');
  expect(text.stderr).toContain('n1 is open: you write');
});

test('at a terminal keys go one by one, escapes are ours, and the terminal is given back', async () => {
  await using bench = await start();
  const { stdin, raw, text, code } = bench.attach('', { terminal: true });
  const client = await bench.door.next();
  expect(client.line).toContain('size=132x50');
  await expect.poll(() => raw).toEqual([true]);
  stdin.write('ls\r~B~?');
  await expect.poll(() => client.said).toEqual([{ type: 'break' }]);
  expect(client.typed()).toBe('ls\r');
  expect(text.stderr).toContain('~.  leave');
  client.tell({
    type: 'joined',
    viewer: { session: 'bob', subject: 'user/bob', role: 'control', pen: false },
  });
  client.tell({ type: 'pen', holder: 'me', change: 'asked', by: 'bob' });
  await expect.poll(() => text.stderr).toContain('user/bob asks for the pen; ~g gives it');
  stdin.write('\r~g');
  await expect.poll(() => client.said.at(-1)).toEqual({ type: 'pen', action: 'give', session: 'bob' });
  client.tell({ type: 'pen', holder: 'bob', change: 'given', by: 'me' });
  await expect.poll(() => text.stderr).toContain('user/bob writes');
  stdin.write('dropped');
  await expect.poll(() => text.stderr).toContain('you do not write; ~p asks for the pen');
  stdin.write('x\r~p\r~P');
  await expect
    .poll(() => client.said.slice(-2))
    .toEqual([
      { type: 'pen', action: 'ask' },
      { type: 'pen', action: 'take' },
    ]);
  expect(client.typed()).toBe('ls\r\r');
  stdin.write('\r~.');
  expect(await code).toBe(0);
  expect(raw).toEqual([true, false]);
  expect(text.stdout.endsWith('\x1b(B')).toBe(true);
});

const viewer = (session: string, subject: string, pen: boolean) =>
  ({ session, subject, role: 'control', pen }) as const;
test('whoever gets the pen has the line made as large as the terminal', async () => {
  await using bench = await start(undefined, [viewer('bob', 'user/bob', true)]);
  const { code, stop } = bench.attach('', { terminal: true });
  const client = await bench.door.next();
  client.tell({ type: 'pen', holder: 'me', change: 'given', by: 'bob' });
  await expect.poll(() => client.said).toEqual([{ type: 'resize', columns: 132, rows: 50 }]);
  client.tell({ type: 'pen', holder: 'me', change: 'asked', by: 'bob' });
  client.tell({ type: 'pen', holder: 'bob', change: 'taken', by: 'bob' });
  client.tell({ type: 'pen', holder: 'me', change: 'taken', by: 'me' });
  await expect.poll(() => client.said).toHaveLength(2);
  stop();
  expect(await code).toBe(0);
});

test('a script whose words would go nowhere fails, and says who writes and what to do', async () => {
  await using bench = await start(undefined, [viewer('bob', 'user/bob', true)]);
  const { stdin, text, code } = bench.attach('--linger 100ms');
  const client = await bench.door.next();
  stdin.end('reboot\n');
  expect(await code).toBe(5);
  expect(text.stderr).toMatch(/user\/bob writes.*--take/s);
  expect(client.typed()).toBe('');
});

test('a script that takes the pen says nothing before it has it', async () => {
  await using bench = await start(undefined, [viewer('bob', 'user/bob', true)]);
  const { stdin, code } = bench.attach('--linger 100ms --take');
  stdin.end('reboot\n');
  const client = await bench.door.next();
  await expect.poll(() => client.said).toEqual([{ type: 'pen', action: 'take' }]);
  expect(client.typed()).toBe('');
  client.tell({ type: 'pen', holder: 'me', change: 'taken', by: 'me' });
  await expect.poll(client.typed).toBe('reboot\n');
  expect(await code).toBe(0);
});

test('a script waits with its words while the machine is lost', async () => {
  await using bench = await start();
  const { stdin, text, code } = bench.attach('--linger 100ms');
  const client = await bench.door.next();
  client.tell({ type: 'upstream', state: 'lost', message: 'It is away.' });
  await expect.poll(() => text.stderr).toContain('It is away.');
  stdin.end('uname\n');
  client.say('not yet');
  await expect.poll(() => text.stdout).toContain('not yet');
  expect(client.typed()).toBe('');
  client.tell({ type: 'upstream', state: 'restored', message: null });
  await expect.poll(client.typed).toBe('uname\n');
  expect(await code).toBe(0);
});

test('names and words from elsewhere steer no terminal', async () => {
  await using bench = await start();
  const { text, code, stop } = bench.attach('--view');
  const client = await bench.door.next();
  client.tell({ type: 'joined', viewer: viewer('eve', 'eve\x1b]0;owned\x07\r\n[consolemesh] left', false) });
  await expect.poll(() => text.stderr).toContain(' came');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(text.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  expect(text.stderr.trimEnd().split('\n')).toHaveLength(2);
  stop();
  expect(await code).toBe(0);
});

test('watching sends nothing, and ends when it is told to', async () => {
  await using bench = await start();
  const { stdin, text, code, stop } = bench.attach('--view');
  stdin.end('ignored\n');
  const client = await bench.door.next();
  expect(client.line).toContain('role=view');
  client.say('boot\r\n');
  await expect.poll(() => text.stdout).toBe('boot\r\n');
  stop();
  expect(await code).toBe(0);
  expect(client.typed()).toBe('');
});

test('a pen that somebody else has is taken on request', async () => {
  await using bench = await start();
  const { code, stop } = bench.attach('--take');
  const client = await bench.door.next();
  expect(client.line).toContain('takeover=yes');
  client.tell({
    ...{ type: 'opened', session: 'me', node: 'n1', role: 'control', resume: 't' },
    viewers: [{ session: 'bob', subject: 'user/bob', role: 'control', pen: true }],
  });
  await expect.poll(() => client.said).toEqual([{ type: 'pen', action: 'take' }]);
  stop();
  expect(await code).toBe(0);
});

test('a connection that breaks is made again with the ticket, and with a new token when that is refused', async () => {
  await using bench = await start((line) =>
    line.includes('resume=ticket-1') ? 'TOKEN_EXPIRED Too late.' : undefined,
  );
  const { stdin, text, code } = bench.attach('--linger 100ms');
  const first = await bench.door.next();
  await expect.poll(() => text.stderr).toContain('is open');
  first.socket.destroy();
  const second = await bench.door.next();
  expect(second.line).toContain('resume=ticket-0');
  stdin.write('still here\n');
  await expect.poll(second.typed).toBe('still here\n');
  second.tell({
    type: 'closing',
    reason: 'DRAINING',
    message: 'Back soon.',
    canResume: true,
    retryAfterMs: 10,
  });
  second.socket.end();
  const third = await bench.door.next();
  expect(third.line).toContain('token=token-2');
  stdin.end();
  expect(await code).toBe(0);
  expect(text.stderr).toContain('Back soon. Trying again.');
}, 20_000);

test('a console that is over ends in words and with the code of its reason', async () => {
  await using bench = await start();
  const { text, code, raw } = bench.attach('', { terminal: true });
  const client = await bench.door.next();
  client.tell({ type: 'closing', reason: 'CONSOLE_DISABLED', message: 'It was disabled.', canResume: false });
  client.socket.end();
  expect(await code).toBe(4);
  expect(text.stderr).toContain('It was disabled.');
  expect(raw).toEqual([true, false]);
});

test('refusals and doors that nobody opens are told as such', async () => {
  {
    await using bench = await start(() => 'CONSOLE_IN_USE user/bob has the only place.');
    const { text, code } = bench.attach();
    expect(await code).toBe(5);
    expect(text.stderr).toContain('user/bob has the only place.');
  }
  await using bench = await start();
  const { text, code } = bench.attach('--door 127.0.0.1:1');
  expect(await code).toBe(5);
  expect(text.stderr).toContain('127.0.0.1:1 cannot be used: nobody listens there');
  const wrong = bench.attach('--escape ab');
  expect(await wrong.code).toBe(2);
});
