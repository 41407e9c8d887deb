import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process, so named that no later one with the same number is taken for it. */
export interface ProcessName {
  readonly pid: number;
  /** Ticks since the boot at which it was started (proc(5), field 22 of `stat`). */
  readonly startTime: string;
  /** Of which boot. */
  readonly boot: string;
}

let thisBoot: Promise<string> | undefined;

/** Which boot of the host this is. */
export function bootId(): Promise<string> {
  thisBoot ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim());
  return thisBoot;
}

/** The name of a process that runs; undefined when there is none, or only its remains. */
export async function nameProcess(pid: number): Promise<ProcessName | undefined> {
  // pid (command, which may hold anything) state ppid pgrp … starttime
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z' || fields[0] === 'X' || !fields[19]) return undefined;
  return { pid, startTime: fields[19], boot: await bootId() };
}

/** Whether this very process runs. */
export async function isRunning(name: ProcessName): Promise<boolean> {
  const now = await nameProcess(name.pid);
  return now !== undefined && now.startTime === name.startTime && now.boot === name.boot;
}

/** Processes whose command line holds this text, in no order. */
export async function processesWith(text: string): Promise<ProcessName[]> {
  const found: ProcessName[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (!line.includes(text)) continue;
    const name = await nameProcess(Number(entry));
    if (name) found.push(name);
  }
  return found;
}

/** Sends a signal to this very process; nothing happens when it has ended. */
export async function signalProcess(name: ProcessName, signal: NodeJS.Signals): Promise<void> {
  if (!(await isRunning(name))) return;
  try {
    process.kill(name.pid, signal);
  } catch {
    // It has ended in between.
  }
}

/** Numbers of the direct children of a process; empty when it has none or is gone. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Inodes of the sockets that a process has open. */
export async function socketsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`;
  const entries = await readdir(folder).catch(() => []);
  const links = await Promise.all(entries.map((entry) => readlink(`${folder}/${entry}`).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** Inodes of the sockets that listen at a TCP port, in the network of this process. */
export async function listenersAt(port: number): Promise<Set<string>> {
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`/proc/net/${table}`, 'latin1').catch(() => '');
    // sl local_address:port rem_address st … inode; state 0A is LISTEN (net/ipv4/tcp_ipv4.c).
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const local = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
      if (local === port && fields[3] === '0A' && fields[9]) inodes.add(fields[9]);
    }
  }
  return inodes;
}
