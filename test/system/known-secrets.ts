import { randomBytes } from 'node:crypto';
import { createSealer, parseKeyRing } from '@consolemesh/store';
import { expect, inject } from 'vitest';
import { docker } from './docker.ts';
import { sql } from './faults/lease-history.ts';

/** What must be found nowhere: a name for each, and the text itself. */
export const secrets = new Map<string, string>();

/** @throws with the names of the secrets that a text holds, and never with the secrets */
export function expectNone(text: string): void {
  const found = [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
  expect(found).toEqual([]);
}

/** Learns what the volume `secrets` holds; answers its files. */
export async function learnSecretFiles(): Promise<Record<string, string>> {
  const files = await secretFiles();
  for (const [file, text] of Object.entries(files)) learn(file, text);
  return files;
}

/** What the conductor keeps sealed of running consoles, opened here with its own key: passwords that were made for them. */
export async function learnConsolePasswords(): Promise<void> {
  const sealer = createSealer({ keys: parseKeyRing((await secretFiles())['conductor/key-ring']!) });
  const rows = await sql(
    "SELECT id || ' ' || encode(secrets, 'hex') FROM conductor_consoles WHERE secrets IS NOT NULL",
  );
  for (const row of rows.trim().split('\n')) {
    const [id, hex] = row.split(' ') as [string, string];
    const { password } = JSON.parse(
      sealer.open(Buffer.from(hex, 'hex'), `console/${id}`).toString('utf8'),
    ) as { password?: string };
    // Not every kind of console has one.
    if (password) secrets.set(`console password of ${id}`, password);
  }
}

/** A secret that nothing else is like: forty hexadecimal digits where a key is wanted, a password otherwise. */
export function canary(name: string): string {
  const secret = name.includes('hex')
    ? randomBytes(20).toString('hex')
    : `Canary-${randomBytes(6).toString('hex')}`;
  secrets.set(name, secret);
  return secret;
}

/** Takes from a secret file what may not get out: of a key each line, of an address its password, of a list of users theirs. */
function learn(file: string, text: string): void {
  if (file.endsWith('.key')) {
    const lines = text.split('\n').filter((line) => line.length >= 40);
    for (const [at, line] of lines.entries()) secrets.set(`${file}, line ${at + 1}`, line);
  } else if (file.endsWith('/database-url')) secrets.set(file, new URL(text).password);
  else if (file.endsWith('/key-ring'))
    for (const { id, key } of parseKeyRing(text)) secrets.set(`${file} ${id}`, key.toString('base64'));
  else if (file.endsWith('/users')) secrets.set(file, text.trim().split(':')[2]!);
  else if (file.endsWith('password')) secrets.set(file, text.trim());
}

/** Everything in the volume `secrets` by its path, read by a container without a network. */
async function secretFiles(): Promise<Record<string, string>> {
  const script = `const { readdirSync, readFileSync, statSync } = require('node:fs'); const all = {};
    for (const file of readdirSync('/s', { recursive: true })) if (statSync('/s/' + file).isFile()) all[file] = readFileSync('/s/' + file, 'utf8');
    console.log(JSON.stringify(all));`;
  const volume = `${inject('project').name}_secrets:/s:ro`;
  return JSON.parse(
    await docker(
      'run',
      '--rm',
      '--network=none',
      '--volume',
      volume,
      'node:24-trixie-slim',
      'node',
      '-e',
      script,
    ),
  );
}
