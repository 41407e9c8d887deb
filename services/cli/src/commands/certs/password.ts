import { hashPassword, parseIdentity } from '@consolemesh/mesh';
import type { Context } from '../../context.ts';
import { UsageError } from '../../exit-codes.ts';
import { readSecrets } from '../../read-secrets.ts';

/** Shortest password that is accepted, characters. */
const shortest = 12;

/** Asks for a password, or reads it from standard input, and prints `NAME:$scrypt$…`; the password itself is kept nowhere. */
export async function printPasswordLine(context: Context, _options: object, name: string): Promise<void> {
  if (name.includes('/') || parseIdentity(`user/${name}`) === undefined) {
    throw new UsageError(`${name} is no name of a user; expected letters, digits, '.', '_', '@' and '-'`);
  }
  const { password } = await readSecrets(context.io, ['password=-']);
  if (password!.length < shortest) {
    throw new UsageError(`the password is too short; expected ${shortest} characters or more`);
  }
  context.io.stdout.write(`${name}:${await hashPassword(password!)}\n`);
}
