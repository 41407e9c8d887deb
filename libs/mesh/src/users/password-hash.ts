import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** A hashed password, as read from its line. */
export interface PasswordHash {
  /** Cost N as its logarithm, block size and parallelism (RFC 7914, section 2). */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** What new hashes cost: 32 MiB and some 100 ms. */
const usual = { ln: 15, r: 8, p: 1 } as const;
/** Most memory that one hash may take, bytes. */
const mostMemory = 64 * 1024 * 1024;
/** Longest password, bytes. */
export const longestPassword = 1024;

/** Hashes a password with a salt of its own: `$scrypt$ln=15,r=8,p=1$<salt>$<hash>` (PHC string format, base64 without padding). */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, { ...usual, salt, hash: Buffer.alloc(32) });
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=${usual.ln},r=${usual.r},p=${usual.p}$${text(salt)}$${text(hash)}`;
}

/** Reads what `hashPassword` wrote; undefined when it is none, is too weak, or would take too much memory. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(
      text,
    );
  if (!match) return undefined;
  const [ln, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])] as [number, number, number];
  if (ln < 14 || ln > 20 || r < 1 || p < 1 || p > 4 || 128 * 2 ** ln * r > mostMemory) return undefined;
  return { ln, r, p, salt: Buffer.from(match[4]!, 'base64'), hash: Buffer.from(match[5]!, 'base64') };
}

/** Whether a password is the one of a hash; takes as long for a wrong one. */
export async function verifyPassword(password: string, expected: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, expected), expected.hash);
}

function derive(password: string, { ln, r, p, salt, hash }: PasswordHash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: 2 ** ln, r, p, maxmem: 2 * mostMemory };
    scrypt(password.normalize('NFC'), salt, hash.length, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
