import { isIP } from 'node:net';
import { BadValue } from '@consolemesh/config';

/** An IP address of this host, an IPv6 one with or without brackets; answered without. @throws BadValue */
export function parseIpAddress(text: string): string {
  const plain = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  // A zone would have to pass through socat's own grammar.
  if (isIP(plain) === 0 || plain.includes('%') || (plain !== text && isIP(plain) !== 6)) throw new BadValue();
  return plain;
}

/** Whether it stands for every address of the host. */
export function isWildcard(address: string): boolean {
  return /^[0.:]+$/.test(address);
}

/** Where this host reaches a server that listens there. */
export function reachableFromHere(address: string): string {
  if (!isWildcard(address)) return address;
  return address.includes(':') ? '::1' : '127.0.0.1';
}
