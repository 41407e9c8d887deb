import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Addresses and prefixes, such as those of trusted reverse proxies. */
export interface AddressSet {
  has(address: string): boolean;
}

/** Reads addresses and prefixes (`10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`). Throws an error that names the first one that is none. */
export function parseAddressSet(texts: readonly string[]): AddressSet {
  const list = new BlockList();
  for (const text of texts) {
    const [host = '', bits, ...rest] = text.split('/');
    const version = isIP(host);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    const most = version === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (version === 0 || rest.length > 0 || !(prefix >= 0 && prefix <= most)) {
      throw new Error(`${JSON.stringify(text)} is no address and no prefix such as 10.0.0.0/8`);
    }
    list.addSubnet(host, prefix, family);
  }
  return {
    has(address) {
      const plain = plainAddress(address);
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

/** What a request says about where it came from, as far as it can be believed. */
export interface Origination {
  /** Address of the client. */
  readonly address: string;
  /** `http` or `https`, as the browser used it. */
  readonly scheme: 'http' | 'https';
  /** Host and port, as the browser used them; empty when the request says none. */
  readonly host: string;
}

/** How many hops of X-Forwarded-For are looked at. */
const mostHops = 32;

/**
 * Who asks and how. `X-Forwarded-For`, `-Proto` and `-Host` count only when the peer is a trusted reverse proxy; of the addresses in
 * X-Forwarded-For the last one that is not itself trusted is the client: what stands further left the client could have written.
 */
export function originationOf(request: IncomingMessage, trusted: AddressSet): Origination {
  const peer = plainAddress(request.socket.remoteAddress ?? '');
  const scheme = 'encrypted' in request.socket && request.socket.encrypted ? 'https' : 'http';
  const host = request.headers.host ?? '';
  if (!trusted.has(peer)) return { address: peer, scheme, host };
  const proto = last(request.headers['x-forwarded-proto']);
  return {
    address: forwardedFor(request.headers['x-forwarded-for'], trusted) ?? peer,
    scheme:
      proto === 'https' || proto === 'wss' ? 'https' : proto === 'http' || proto === 'ws' ? 'http' : scheme,
    host: last(request.headers['x-forwarded-host']) ?? host,
  };
}

function forwardedFor(header: string | string[] | undefined, trusted: AddressSet): string | undefined {
  const hops = String(header ?? '')
    .split(',')
    .slice(-mostHops)
    .map((hop) => plainAddress(hop.trim()));
  let client: string | undefined;
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) break;
    client = hop;
    if (!trusted.has(hop)) break;
  }
  return client;
}

function last(header: string | string[] | undefined): string | undefined {
  const values = String(header ?? '').split(',');
  return values[values.length - 1]?.trim().toLowerCase() || undefined;
}

/** An address without brackets, port, zone and IPv4-in-IPv6 wrapping. */
export function plainAddress(text: string): string {
  const bare =
    /^\[([^\]]+)\](:\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  const unzoned = bare.replace(/%.*$/, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(unzoned)?.[1] ?? unzoned;
}
