import { open } from 'node:fs/promises';
import { UsageError } from './exit-codes.ts';
import type { Io } from './io.ts';

/** Longest secret that is read, bytes. */
const longest = 64 * 1024;

/**
 * Secrets from where they lie: `key=@FILE` reads a file, `key=-` asks on a terminal and reads standard input otherwise. The line
 * break at the end is dropped. `key=value` is refused: the command line of a program is seen by every user of the machine, and the
 * shell keeps it. No message repeats what stands behind the `=`.
 */
export async function readSecrets(io: Io, texts: readonly string[] = []): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  let fromInput: string | undefined;
  for (const text of texts) {
    const [, key, source] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || source === undefined) {
      throw new UsageError('--secret: expected KEY=@FILE, or KEY=- to be asked for it');
    }
    if (source.startsWith('@')) secrets[key] = await readSecretFile(key, source.slice(1));
    else if (source !== '-') throw new UsageError(refusal(key));
    else if (io.stdin.isTTY) secrets[key] = await ask(io, key);
    else if (fromInput !== undefined) {
      throw new UsageError(
        `standard input holds the secret ${fromInput} already; give ${key} in a file: ${key}=@FILE`,
      );
    } else {
      fromInput = key;
      secrets[key] = await readInput(io, key);
    }
  }
  return secrets;
}

function refusal(key: string): string {
  return (
    `the secret ${key} is on the command line, where every user of this machine can see it and the shell remembers it; ` +
    `write it into a file and say --secret ${key}=@FILE, or say --secret ${key}=- to be asked for it`
  );
}

async function readSecretFile(key: string, path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(longest + 1), 0, longest + 1, 0);
    return complete(key, buffer.subarray(0, bytesRead));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`the secret ${key}: ${path} cannot be read (${code})`, { cause: error });
  }
}

async function readInput(io: Io, key: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of io.stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunks.at(-1)!.length;
    if (size > longest) break;
  }
  return complete(key, Buffer.concat(chunks));
}

async function ask(io: Io, key: string): Promise<string> {
  const { password } = await import('@clack/prompts');
  const answer = await password({ message: key, input: io.stdin, output: io.stderr as never });
  if (typeof answer !== 'string') throw new UsageError('given up');
  return complete(key, Buffer.from(answer));
}

function complete(key: string, bytes: Buffer): string {
  if (bytes.length > longest) throw new UsageError(`the secret ${key} is longer than ${longest} bytes`);
  const secret = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (secret === '') throw new UsageError(`the secret ${key} is empty`);
  return secret;
}
