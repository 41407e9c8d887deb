import { isIPv6 } from 'node:net';
import { BadValue, createSetting, type Setting, type SettingOptions, type ValueOf } from '../setting.ts';

/** Where to listen or connect. `host` is a name, an IPv4 or an IPv6 address (without brackets); `port` 0 to 65535. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port` or `[v6]:port`; port 0 lets the system choose a free one. */
export function address<const O extends SettingOptions>(options: O): Setting<ValueOf<Address, O>> {
  return createSetting<Address, O>(options, {
    expects: 'host:port or [IPv6 address]:port',
    parse: parseAddress,
  });
}

/** Reads `host:port` or `[v6]:port`. @throws BadValue */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}))):(\d{1,5})$/.exec(text);
  const [, bracketed, name, digits] = match ?? [];
  const host = bracketed ?? name;
  const port = Number(digits);
  if (host === undefined || !(port <= 65_535)) throw new BadValue();
  if (bracketed !== undefined && !isIPv6(bracketed)) throw new BadValue();
  return Object.freeze({ host, port });
}

/** The text form, with brackets around an IPv6 address: what gRPC, URLs and logs want. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
