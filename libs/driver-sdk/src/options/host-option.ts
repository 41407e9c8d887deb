import type { OptionSchema } from '../driver.ts';

const hostPattern =
  '^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.-]+)?)$';

/** An option that names a machine: a host name or an IP address, an IPv6 one with its zone but without brackets. `locates`: this is the machine of the node. */
export function hostOption(description: string, { locates = false } = {}): OptionSchema {
  return {
    type: 'string',
    description,
    pattern: hostPattern,
    expects: 'a host name or an IP address, an IPv6 address without brackets',
    ...(locates ? { 'x-consolemesh-locates': true } : {}),
  };
}
