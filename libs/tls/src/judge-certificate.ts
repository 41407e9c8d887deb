import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import { domainToASCII } from 'node:url';
import { TlsError } from './errors.ts';
import type { TlsTrust } from './trust.ts';

/**
 * Decides whether the certificate that the server showed is good enough.
 * @throws TlsError CERTIFICATE_MISMATCH: what is wrong with it in words, what to do, and its fingerprint
 */
export function judgeCertificate(tls: TLSSocket, trust: TlsTrust): void {
  const shown = tls.getPeerX509Certificate();
  const fingerprint = shown === undefined ? 'none' : plainHex(shown.fingerprint256);
  const problem = findProblem(tls, trust, shown, fingerprint);
  if (problem === undefined) return;
  throw new TlsError('CERTIFICATE_MISMATCH', `${problem}; it presented SHA-256 ${fingerprint}`, {
    fingerprint,
  });
}

/** A name in the form in which certificates and SNI carry it: ASCII, no final dot, no IPv6 zone. */
export function wireName(name: string): string {
  if (isIP(name) !== 0) return name.replace(/%.*/, '');
  return domainToASCII(name.replace(/\.$/, '')) || name;
}

function findProblem(
  tls: TLSSocket,
  trust: TlsTrust,
  shown: X509Certificate | undefined,
  fingerprint: string,
): string | undefined {
  const verify = trust.verify ?? 'system';
  if (verify === 'none') return undefined;
  if (verify === 'pin') {
    return plainHex(trust.sha256Pin ?? '') === fingerprint
      ? undefined
      : "the server's certificate is not the pinned one";
  }
  if (shown === undefined) return 'the server showed no certificate';
  if (!tls.authorized) {
    return `the server's certificate is not trusted: ${inWords(String(tls.authorizationError), shown)}`;
  }
  const name = trust.servername === undefined ? undefined : wireName(trust.servername);
  if (name === undefined || checkServerIdentity(name, shown.toLegacyObject()) === undefined) return undefined;
  return (
    `the certificate is for ${namesOf(shown)}, not for "${printable(name)}"; ` +
    'set the server name to one that it has, or pin its fingerprint'
  );
}

/** What OpenSSL's verification result means and what helps. */
function inWords(code: string, shown: X509Certificate): string {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'it is self-signed; give it as the CA, or pin its fingerprint';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `its authority "${commonName(shown.issuer)}" is not among the trusted ones; give that authority as the CA, or pin the fingerprint`;
    case 'CERT_HAS_EXPIRED':
      return Date.parse(shown.validTo) < Date.now()
        ? `it expired on ${day(shown.validTo)}; renew it, check the clock of this host, or pin its fingerprint`
        : 'an authority in its chain has expired; renew that, or pin its fingerprint';
    case 'CERT_NOT_YET_VALID':
      return `it is not valid before ${day(shown.validFrom)}; check the clocks of the server and of this host`;
    case 'CERT_SIGNATURE_FAILURE':
      return `it was not signed by the authority "${commonName(shown.issuer)}" that is trusted here; check the CA, or pin its fingerprint`;
    case 'EE_KEY_TOO_SMALL':
    case 'CA_KEY_TOO_SMALL':
    case 'CA_MD_TOO_WEAK':
      return 'its key or signature is too weak; renew it, lower the minimum TLS version, or pin its fingerprint';
    case 'INVALID_PURPOSE':
      return 'it was not issued for a server; renew it, or pin its fingerprint';
    default:
      return `OpenSSL says ${printable(code)}`;
  }
}

const NAMES_SHOWN = 3;

/** The names in a certificate, quoted; the common name counts only where there are no others, as in HTTPS. */
function namesOf(shown: X509Certificate): string {
  const alternative = (shown.subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []);
  const names = alternative.length > 0 ? alternative : [commonName(shown.subject)].filter((n) => n !== '');
  if (names.length === 0) return 'no host at all';
  const more = names.length - NAMES_SHOWN;
  const list = names.slice(0, NAMES_SHOWN).map((name) => `"${printable(name)}"`);
  return `${list.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** From Node's form of a distinguished name: one `KEY=value` per line. */
function commonName(distinguished: string | undefined): string {
  const lines = (distinguished ?? '').split('\n');
  const cn = lines.find((line) => line.startsWith('CN='))?.slice(3) ?? lines.at(-1) ?? '';
  return printable(cn);
}

function day(date: string): string {
  const at = Date.parse(date);
  return Number.isNaN(at) ? printable(date) : new Date(at).toISOString().slice(0, 10);
}

/** Certificates are written by strangers: no control characters, no endless names. */
function printable(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, '?');
  return clean.length > 100 ? `${clean.slice(0, 100)}…` : clean;
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
