import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { certificateIdentity, identityText } from './identity.ts';

/** What mTLS is made of, as PEM. */
export interface Certificates {
  /** The authorities that are believed: one, or while they change the old and the new one. */
  readonly ca: Buffer;
  /** The own certificate, its chain behind it. */
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** What is known of certificates that can be used. */
export interface Judged {
  /** Such as `service/conductor`; `nobody` when the certificate names nobody of the trust domain. */
  readonly identity: string;
  /** Serial number of the own certificate, hexadecimal. */
  readonly serial: string;
  /** When it ends. */
  readonly until: Date;
}

/**
 * Looks at certificates before anybody uses them. Throws one clear line, which names the file's part and never its content, when they
 * are cut short, no certificates, too old or too young at `now` (ms), or when the key belongs to another certificate.
 */
export function judgeCertificates(given: Certificates, trustDomain: string, now = Date.now()): Judged {
  readCertificates('the authority', given.ca);
  const [own] = readCertificates('the certificate', given.certificate);
  const key = attempt('the key cannot be read', () => createPrivateKey(given.key));
  if (!own!.checkPrivateKey(key)) throw new Error('the key does not belong to the certificate');
  const until = new Date(own!.validTo);
  if (until.getTime() <= now) throw new Error(`the certificate has expired on ${until.toISOString()}`);
  const from = new Date(own!.validFrom);
  if (from.getTime() > now) throw new Error(`the certificate is not valid before ${from.toISOString()}`);
  const { ca, certificate: cert } = given;
  attempt('TLS cannot use them', () => createSecureContext({ ca, cert, key: given.key }));
  const identity = certificateIdentity({ subjectaltname: own!.subjectAltName ?? '' }, trustDomain);
  return { identity: identity ? identityText(identity) : 'nobody', serial: own!.serialNumber, until };
}

/** OpenSSL takes the whole certificates of a file and ignores one that is cut short: here that counts as a mistake. */
function readCertificates(what: string, pem: Buffer): X509Certificate[] {
  const text = pem.toString('latin1');
  const whole = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const begun = text.split('-----BEGIN').length - 1;
  if (begun === 0) throw new Error(`${what} holds no certificate in PEM`);
  if (begun !== whole.length) throw new Error(`${what} is cut short or holds something else`);
  return whole.map((one) => attempt(`${what} cannot be read`, () => new X509Certificate(one)));
}

function attempt<T>(failure: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new Error(`${failure} (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).name})`, {
      cause,
    });
  }
}
