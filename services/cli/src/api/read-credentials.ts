import { open } from 'node:fs/promises';
import { UsageError } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { readSecrets } from '../read-secrets.ts';

/** Longest token and longest password, bytes: what services look at. */
const longest = { bearer: 8 * 1024, password: 1024 } as const;

/** The value of an `authorization` header, for each call anew. */
type Authorization = () => Promise<string>;

/**
 * Shows the token of a file (RFC 6750, section 2.1), which is read for each call: whoever renews it there needs no restart of a watch.
 * Throws UsageError when it cannot be used now, and an error that says why when that is so later.
 */
export async function readBearer(path: string): Promise<Authorization> {
  const authorization = async () => {
    const token = (await readBounded('--bearer-file', path, longest.bearer)).trim();
    if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return `Bearer ${token}`;
    throw new UsageError(`--bearer-file: ${path} holds no token; expected one word, on a line of its own`);
  };
  await authorization();
  return authorization;
}

/** Shows a name and a password (RFC 7617), from a file or asked for once. Throws UsageError when there is none. */
export async function readPassword(io: Io, user: string, path: string | undefined): Promise<Authorization> {
  const asked = path === undefined ? await ask(io, user) : undefined;
  const authorization = async () => {
    const password = asked ?? (await readBounded('--password-file', path!, longest.password));
    if (password === '') throw new UsageError(`--password-file: ${path} is empty`);
    return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  };
  await authorization();
  return authorization;
}

/** On a terminal only: standard input may hold something else, such as the secret of a node. */
async function ask(io: Io, user: string): Promise<string> {
  if (io.stdin.isTTY !== true) {
    throw new UsageError(
      `--user ${user}: there is no terminal to ask for the password on; give --password-file (CONSOLEMESH_PASSWORD_FILE)`,
    );
  }
  const key = `password of ${user}`;
  return (await readSecrets(io, [`${key}=-`]))[key]!;
}

/** The text of a file without the line break at its end. */
async function readBounded(option: string, path: string, most: number): Promise<string> {
  let text: Buffer;
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(most + 3), 0, most + 3, 0);
    text = buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw new UsageError(`${option}: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    });
  }
  const line = text.toString('utf8').replace(/\r?\n$/, '');
  if (Buffer.byteLength(line) > most) {
    throw new UsageError(`${option}: ${path} holds more than ${most} bytes`);
  }
  return line;
}
