import type { Violation } from '@consolemesh/errors';
import type { OptionSchema, Options, TlsToward } from '../driver.ts';
import { hostOption } from './host-option.ts';

/**
 * The options by which an operator says whom to trust: `<prefix>_verify`, `_ca`, `_pin`, `_server_name` and `_tls_minimum`. Every driver that
 * speaks TLS to a machine has them, under its own prefix.
 */
export function trustOptions(prefix: string): Readonly<Record<string, OptionSchema>> {
  return {
    [`${prefix}_verify`]: {
      type: 'string',
      description: `How the certificate is judged. Without it: \`pin\` when there is a \`${prefix}_pin\`, \`ca\` when there is a \`${prefix}_ca\`, else \`system\`. \`none\` trusts anybody in the middle and is shown with the console.`,
      enum: ['system', 'ca', 'pin', 'none'],
    },
    [`${prefix}_ca`]: {
      type: 'string',
      description: 'The authorities to trust: the text of a PEM file, not its path.',
      pattern: '-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----',
      expects: 'the text of a PEM file with at least one certificate (the text itself, not a path)',
    },
    [`${prefix}_pin`]: pinOption('SHA-256 fingerprint of the server’s certificate.'),
    [`${prefix}_server_name`]: hostOption(
      `Name that the certificate has to carry, where it is not \`${prefix}_address\`.`,
    ),
    [`${prefix}_tls_minimum`]: {
      type: 'string',
      description:
        'Lowest version of TLS. Older than TLSv1.2 is weak: lower it for single old machines only.',
      enum: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
      default: 'TLSv1.2',
    },
  };
}

/** An option that holds the fingerprint of a certificate. */
export function pinOption(description: string): OptionSchema {
  return {
    type: 'string',
    description,
    pattern: '^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$',
    expects: '64 hexadecimal digits, with or without colons',
  };
}

/** Mistakes in how the options of `trustOptions` go together. */
export function inspectTrust(prefix: string, info: Options): Violation[] {
  const { verify, ca, pin } = read(prefix, info);
  const required = (option: string, message: string): Violation[] => [
    { field: `driver_info.${prefix}_${option}`, reason: 'FIELD_REQUIRED', message },
  ];
  if (verify === 'ca' && !ca)
    return required('ca', `is not set; ${prefix}_verify is ca, so expected the text of a PEM file`);
  if (verify === 'pin' && !pin) {
    return required(
      'pin',
      `is not set; ${prefix}_verify is pin, so expected the SHA-256 fingerprint of the certificate`,
    );
  }
  if (!verify && ca && pin) {
    return required(
      'verify',
      `is not set, and ${prefix}_ca and ${prefix}_pin are both; say which of them counts: ca or pin`,
    );
  }
  return [];
}

/** Whom the options say to trust; the certificate has to carry `host` unless another name is set. */
export function trustFromOptions(prefix: string, info: Options, host: string): Omit<TlsToward, 'mode'> {
  const { verify, ca, pin, serverName, minVersion } = read(prefix, info);
  return {
    verify: verify ?? (pin ? 'pin' : ca ? 'ca' : 'system'),
    ca,
    sha256Pin: pin && plainPin(pin),
    // The zone of an IPv6 address says which way to go and is no part of a name.
    serverName: serverName ?? host.replace(/%.*$/, ''),
    minVersion,
  };
}

/** A fingerprint without colons, lower case. */
export function plainPin(pin: string): string {
  return pin.replaceAll(':', '').toLowerCase();
}

function read(prefix: string, info: Options) {
  const option = (name: string) => info[`${prefix}_${name}`] as string | undefined;
  return {
    verify: option('verify') as TlsToward['verify'] | undefined,
    ca: option('ca'),
    pin: option('pin'),
    serverName: option('server_name'),
    minVersion: option('tls_minimum') as TlsToward['minVersion'],
  };
}
