import { isIPv6 } from 'node:net';
import type { TlsTrust } from '@consolemesh/tls';

/** The one server that a client talks to. */
export interface HttpTarget {
  /** Name or address; IPv6 with or without brackets, link-local with its zone (`fe80::1%eth0`). */
  host: string;
  port: number;
  /** Without a `servername` the host's own name is looked for in the certificate. */
  trust: TlsTrust;
  /** Plain HTTP, only for tests and loopback. */
  plain?: boolean | undefined;
  /** For Basic authentication with every request; a request's own `authorization` header goes first. */
  credentials?: { username: string; password: string } | undefined;
}

/** A target, checked and in the forms in which it is needed. */
export interface Destination {
  /** For the socket: no brackets, with zone. */
  readonly host: string;
  readonly port: number;
  /** Undefined = plain. */
  readonly trust: TlsTrust | undefined;
  /** `https://host:port` as the Host header carries it: zones are this machine's own business (RFC 6874, section 3). */
  readonly origin: string;
  readonly authorization: string | undefined;
}

/** @throws TypeError for what can never be reached; says what to give instead */
export function readTarget(target: HttpTarget): Destination {
  const host = target.host.replace(/^\[(.*)\]$/, '$1');
  const name = isIPv6(host) ? `[${host.replace(/%.*/, '')}]` : host;
  const scheme = target.plain === true ? 'http' : 'https';
  if (!Number.isInteger(target.port) || target.port < 1 || target.port > 65_535) {
    throw new TypeError(`a port is a number from 1 to 65535, not ${target.port}`);
  }
  if (!/^[^\s/?#@:\\]+$|^\[/.test(name) || !URL.canParse(`${scheme}://${name}`)) {
    throw new TypeError('a host is a name or an address, without scheme, port, path or user');
  }
  return {
    host,
    port: target.port,
    trust:
      target.plain === true ? undefined : { ...target.trust, servername: target.trust.servername ?? host },
    origin: new URL(`${scheme}://${name}:${target.port}`).origin,
    authorization: basic(target.credentials),
  };
}

/** RFC 7617: base64 of `user:password` in UTF-8. */
function basic(credentials: HttpTarget['credentials']): string | undefined {
  if (credentials === undefined) return undefined;
  if (credentials.username.includes(':')) {
    throw new TypeError('a user name for Basic authentication has no colon');
  }
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}
