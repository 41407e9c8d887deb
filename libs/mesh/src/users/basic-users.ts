import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from '../log/logger.ts';
import { parseIdentity } from '../trust/identity.ts';
import { createGuessLimit } from './guess-limit.ts';
import { longestPassword, type PasswordHash, parsePasswordHash, verifyPassword } from './password-hash.ts';

/** Users who prove themselves with a name and a password. */
export interface BasicUsers {
  /**
   * Judges the value of an `authorization` header that came from `address`. Answers the user's name, or why there is none: `wrong` (name,
   * password or form), `limited` (too many wrong ones of late) or `busy` (too many at once).
   */
  judge(
    authorization: string,
    address: string,
  ): Promise<{ readonly user: string } | 'wrong' | 'limited' | 'busy'>;
}

/** How many hashes are computed at once, and how many calls may wait for them. */
export const basicLimits = { atOnce: 2, waiting: 16 } as const;

/** A password that nobody has: who does not exist takes as long as who does. */
const nobody: PasswordHash = { ln: 15, r: 8, p: 1, salt: randomBytes(16), hash: randomBytes(32) };

/**
 * The users of a file: `NAME:$scrypt$…` in each line, empty lines and those that begin with `#` left out. It is read again for every call, so a
 * user who was added or removed counts at once; while it cannot be read or has a mistake, the users of before stay.
 * Throws one clear line, with the number of the wrong line and nothing of its content, when that is so at the start.
 */
export function readBasicUsers(
  path: string,
  logger: Logger,
  clock: () => number = () => performance.now(),
): BasicUsers {
  let users = parseUsers(path, readAtStart(path));
  let complained = '';
  const guesses = createGuessLimit(clock);
  const turn = createTurns();
  // Hashes are meant to be slow: who was right once is known by a digest that nobody outside of this process can compute.
  const digestKey = randomBytes(32);
  const proven = new Map<string, { line: PasswordHash; digest: Buffer }>();

  async function refresh(): Promise<void> {
    try {
      const next = parseUsers(path, await readFile(path, 'utf8'));
      for (const [name, hash] of next) {
        const before = users.get(name);
        if (before && sameHash(before, hash)) next.set(name, before);
      }
      for (const name of proven.keys()) if (next.get(name) !== users.get(name)) proven.delete(name);
      users = next;
      complained = '';
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === undefined ? message : `${path} cannot be read (${code})`;
      if (why !== complained) logger.error({ why }, 'the users cannot be read; those of before stay');
      complained = why;
    }
  }

  return {
    async judge(authorization, address) {
      const given = parseBasic(authorization);
      if (guesses.limited(given?.name ?? '', address)) return 'limited';
      if (!given) return 'wrong';
      const { name, password } = given;
      await refresh();
      const line = users.get(name);
      const digest = createHmac('sha256', digestKey).update(`${name}\0${password}`).digest();
      const known = proven.get(name);
      if (known && known.line === line && timingSafeEqual(known.digest, digest)) return { user: name };
      const right = await turn(() => verifyPassword(password, line ?? nobody));
      if (right === undefined) return 'busy';
      if (!right || !line) {
        guesses.wrong(name, address);
        return 'wrong';
      }
      proven.set(name, { line, digest });
      return { user: name };
    },
  };
}

/** `Basic <base64 of name:password>`, UTF-8 (RFC 7617, section 2). */
function parseBasic(authorization: string): { name: string; password: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/]{1,4096}={0,2})$/i.exec(authorization);
  if (!match) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(0, colon));
  const password = text.slice(colon + 1);
  if (!isName(name) || Buffer.byteLength(password) > longestPassword) return undefined;
  return { name, password };
}

function parseUsers(path: string, text: string): Map<string, PasswordHash> {
  const users = new Map<string, PasswordHash>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    const hash = parsePasswordHash(line.slice(colon + 1));
    if (!isName(name) || !hash) {
      throw new Error(
        `${path} line ${index + 1}: expected NAME:$scrypt$…, as \`consolemesh certs password\` makes it`,
      );
    }
    if (users.has(name)) throw new Error(`${path} line ${index + 1}: this user stands there twice`);
    users.set(name, hash);
  }
  return users;
}

function readAtStart(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

const isName = (name: string) => parseIdentity(`user/${name}`) !== undefined;
const sameHash = (a: PasswordHash, b: PasswordHash) => a.salt.equals(b.salt) && a.hash.equals(b.hash);

/** Runs a few things at once and lets a few wait; undefined for what is too much. */
function createTurns() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async function turn<T>(act: () => Promise<T>): Promise<T | undefined> {
    if (running >= basicLimits.atOnce) {
      if (waiting.length >= basicLimits.waiting) return undefined;
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
