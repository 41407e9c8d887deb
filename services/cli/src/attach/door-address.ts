import { readFileSync } from 'node:fs';
import { isLoopback } from '@consolemesh/mesh';
import { UsageError } from '../exit-codes.ts';

/** Where the line door is and how to speak to it. */
export interface DoorAddress {
  readonly host: string;
  readonly port: number;
  /** Undefined: plain TCP, on loopback only. */
  readonly tls: { readonly ca: Buffer | undefined } | undefined;
}

/** Port of the line door when nobody says another. */
const usualPort = 6092;

/**
 * The line door: as it is told (`host`, `host:port`, `[::1]:port`), or at the host of the console's page. Over TLS unless it is on this machine
 * and no authority is named. @throws UsageError
 */
export function doorAddress(
  given: string | undefined,
  caFile: string | undefined,
  consoleUrl: string,
): DoorAddress {
  const { host, port } = given === undefined ? { host: hostOf(consoleUrl), port: usualPort } : parse(given);
  if (caFile === undefined) return { host, port, tls: isLoopback(host) ? undefined : { ca: undefined } };
  try {
    return { host, port, tls: { ca: readFileSync(caFile) } };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--door-ca ${caFile}: it cannot be read (${code})`, { cause });
  }
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

function parse(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? usualPort);
  if (host !== undefined && port >= 1 && port <= 65535) return { host, port };
  throw new UsageError(`--door ${text}: expected a host, or host:port such as consoles.example:6092`);
}
