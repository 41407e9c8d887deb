import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, as PEM. */
export interface Issued {
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
}

/** What a certificate is to say. */
export interface Subject {
  /** `service/conductor` or `user/alice`. */
  readonly identity: string;
  /** Names and addresses for those who look at them; the mesh itself goes by the identity. */
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  readonly days: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 86_400_000;
/** Clocks of machines differ: certificates begin a little in the past. */
const clockTolerance = 300_000;

/** Makes an authority for a trust domain, good for so many days; its own URI SAN names the domain (SPIFFE X.509-SVID, section 3.2). */
export async function createAuthority(trustDomain: string, days: number, now = Date.now()): Promise<Issued> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=consolemesh development authority, O=${trustDomain}`,
    notBefore: new Date(now - clockTolerance),
    notAfter: new Date(now + days * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${trustDomain}` }]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/**
 * Issues a certificate for a service or a user, good for both ends of mTLS, with exactly one URI SAN: its identity
 * (SPIFFE X.509-SVID, section 2). It does not outlive its authority.
 */
export async function issueCertificate(
  authority: Issued,
  subject: Subject,
  now = Date.now(),
): Promise<Issued> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const trustDomain = trustDomainOf(authority.certificate);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${subject.identity}, O=${trustDomain}`,
    issuer: issuer.subject,
    notBefore: new Date(now - clockTolerance),
    notAfter: new Date(Math.min(now + subject.days * day, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'url', value: `spiffe://${trustDomain}/${subject.identity}` },
        ...subject.dns.map((value) => ({ type: 'dns' as const, value })),
        ...subject.ip.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** The trust domain of an authority that `createAuthority` made. Throws when the certificate names none. */
export function trustDomainOf(certificate: string): string {
  const names = new x509.X509Certificate(certificate).getExtension(x509.SubjectAlternativeNameExtension);
  const url = names?.names.items.find(({ type }) => type === 'url')?.value;
  const domain = /^spiffe:\/\/([^/]+)$/.exec(url ?? '')?.[1];
  if (domain === undefined) throw new Error('the certificate of the authority names no trust domain');
  return domain;
}

/** Whether a text is a trust domain: lower-case letters, digits, dots, dashes and underscores (SPIFFE-ID, section 2.1). */
export function isTrustDomain(text: string): boolean {
  return /^[a-z0-9._-]{1,255}$/.test(text);
}

/** Whether a text is an IP address that a certificate can carry. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** 16 random bytes whose first bit is clear: positive, as RFC 5280 section 4.1.2.2 wants it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return x509.PemConverter.encode(bytes, 'PRIVATE KEY');
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']);
}
