import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { childrenOf, isRunning, type ProcessName, socketsOf } from '../host/processes.ts';

/** A socat that listens for a console, as it stands in its folder for whoever comes after this process. */
export interface PairRecord {
  readonly socat: ProcessName;
  /** With which arguments. */
  readonly arguments: readonly string[];
  readonly port: number;
  /** Inode of the socket that listens. */
  readonly listener: string;
}

const fileOf = (folder: string) => join(folder, 'pair.json');

/** Writes it so that nobody reads half of it. */
export async function writePairRecord(folder: string, record: PairRecord): Promise<void> {
  const draft = `${fileOf(folder)}.new`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
  await rename(draft, fileOf(folder));
}

export async function readPairRecord(folder: string): Promise<PairRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(fileOf(folder), 'utf8')) as Partial<PairRecord>;
    return record.socat && record.arguments && record.port && record.listener
      ? (record as PairRecord)
      : undefined;
  } catch {
    return undefined;
  }
}

export async function removePairRecord(folder: string): Promise<void> {
  await rm(fileOf(folder), { force: true });
}

/** Whether it runs and listens. Takes no client's place and asks nobody. */
export async function pairStands({ socat, listener }: PairRecord): Promise<boolean> {
  return (await isRunning(socat)) && (await socketsOf(socat.pid)).has(listener);
}

/** Whether a client is connected. */
export async function hasClient({ socat }: PairRecord): Promise<boolean> {
  return (await childrenOf(socat.pid)).length > 0;
}
