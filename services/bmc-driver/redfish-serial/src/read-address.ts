/** Where a Redfish service is, as its parts. */
export interface ServiceAddress {
  /** IPv6 without brackets, with its zone. */
  readonly host: string;
  readonly port: number;
  /** HTTP without TLS. */
  readonly plain: boolean;
}

const zone = '(?:%[A-Za-z0-9_.-]+)?';
const name = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}';
const bareIpv6 = `[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*${zone}`;

/** What `redfish_address` may look like: `bmc-7`, `https://bmc-7:8443/`, `[fe80::1%eth0]:443`, `2001:db8::7`. */
export const addressPattern = `^(?:(?:https?://)?(?:${name}|\\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*${zone}\\])(?::[0-9]{1,5})?/?|${bareIpv6})$`;

const parts = new RegExp(`^(?:(https?)://)?(?:(${name})|\\[([^\\]]+)\\])(?::([0-9]+))?/?$`);

/** Reads what matches `addressPattern`; without a scheme it is HTTPS. Undefined for a port that there is none of. */
export function readAddress(text: string): ServiceAddress | undefined {
  const found = parts.exec(text);
  if (!found) return { host: text, port: 443, plain: false };
  const [, scheme, named, literal, port] = found;
  const plain = scheme === 'http';
  const number = port === undefined ? (plain ? 80 : 443) : Number(port);
  if (number < 1 || number > 65_535) return undefined;
  return { host: named ?? literal!, port: number, plain };
}
