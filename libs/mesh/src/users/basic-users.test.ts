import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../log/logger.ts';
import { readBasicUsers } from './basic-users.ts';
import { guessLimits } from './guess-limit.ts';
import { hashPassword, parsePasswordHash } from './password-hash.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
let line: string;
let folder: string;
let path: string;
beforeAll(async () => {
  line = `ada:${await hashPassword('correct horse: ünïcode')}`;
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'consolemesh-users-'));
  path = join(folder, 'users');
  writeFileSync(path, `# who may call\n\n${line}\n`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a right password proves its user, again and again; a wrong one, another name and odd headers prove nobody', async () => {
  const users = readBasicUsers(path, silentLogger);
  for (let i = 0; i < 3; i += 1) {
    expect(await users.judge(basic('ada:correct horse: ünïcode'), '::1')).toEqual({ user: 'ada' });
  }
  for (const header of [
    ...['ada:wrong', 'bob:correct horse: ünïcode', 'ada:', ':', 'ada', 'service/conductor:x'].map(basic),
    ...['', 'Basic', 'Basic !', 'Bearer abc', `Basic ${'A'.repeat(10_000)}`],
  ]) {
    expect(await users.judge(header, '::1'), header.slice(0, 40)).toBe('wrong');
  }
});

test('who guesses too much is refused even when right, from that address and for that name, until the window ends', async () => {
  let now = 0;
  const users = readBasicUsers(path, silentLogger, () => now);
  for (let i = 0; i < guessLimits.pair; i += 1) await users.judge(basic(`ada:guess ${i}`), '10.0.0.1');
  const right = basic('ada:correct horse: ünïcode');
  expect(await users.judge(right, '10.0.0.1')).toBe('limited');
  expect(await users.judge(right, '10.0.0.2')).toEqual({ user: 'ada' });
  now += guessLimits.windowMs;
  expect(await users.judge(right, '10.0.0.1')).toEqual({ user: 'ada' });
});

test('a flood of passwords is cut off instead of being computed', async () => {
  const users = readBasicUsers(path, silentLogger);
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => users.judge(basic(`nobody${i}:x`), `10.0.0.${i}`)),
  );
  expect(answers).toContain('busy');
  expect(answers).toContain('wrong');
});

test('users who are added or removed count at once, and a mistake in the file leaves those of before', async () => {
  const lines: object[] = [];
  const users = readBasicUsers(path, { ...silentLogger, error: (fields) => void lines.push(fields) });
  const ada = basic('ada:correct horse: ünïcode');
  expect(await users.judge(ada, '::1')).toEqual({ user: 'ada' });
  writeFileSync(path, `${line}\nbob:secret-in-plain\n`);
  for (let i = 0; i < 2; i += 1) expect(await users.judge(ada, '::1')).toEqual({ user: 'ada' });
  expect(lines).toEqual([{ why: expect.stringMatching(/line 2: expected NAME:\$scrypt/) }]);
  expect(JSON.stringify(lines)).not.toContain('secret-in-plain');
  writeFileSync(path, `bob:${await hashPassword('another one')}\n`);
  expect(await users.judge(ada, '::1')).toBe('wrong');
  expect(await users.judge(basic('bob:another one'), '::1')).toEqual({ user: 'bob' });
  // A new password ends the old one at once.
  writeFileSync(path, `bob:${await hashPassword('yet another')}\n`);
  expect(await users.judge(basic('bob:another one'), '::1')).toBe('wrong');
});

test('a file that cannot be used ends the start with one line', () => {
  writeFileSync(path, `${line}\n${line}\n`);
  expect(() => readBasicUsers(path, silentLogger)).toThrow(/users line 2: this user stands there twice$/);
  expect(() => readBasicUsers(join(folder, 'none'), silentLogger)).toThrow(/none cannot be read \(ENOENT\)$/);
});

test('hashes that are too weak, or would take too much memory, are no hashes', () => {
  const [, hash] = line.split(':');
  expect(parsePasswordHash(hash!)).toMatchObject({ ln: 15, r: 8, p: 1 });
  for (const cost of ['ln=13,r=8,p=1', 'ln=20,r=8,p=1', 'ln=15,r=0,p=1', 'ln=15,r=8,p=9']) {
    expect(parsePasswordHash(hash!.replace('ln=15,r=8,p=1', cost)), cost).toBeUndefined();
  }
});
