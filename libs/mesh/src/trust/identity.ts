import type { PeerCertificate } from 'node:tls';
import type { CallContext } from 'nice-grpc-common';

/** Metadata key that carries the caller's identity from the transport to the handlers; what a client sends under it is removed. */
export const identityKey = 'x-consolemesh-identity';

/** Metadata key for the groups of a user, as `group/NAME,group/NAME`; likewise from the transport alone. */
export const groupsKey = 'x-consolemesh-groups';

/**
 * Who calls.
 * - `local`: plaintext on loopback, where everybody on the machine is trusted.
 * - `service` / `user`: proven by a certificate with the URI SAN `spiffe://<trust domain>/<service or user>/<name>`; a user also by a
 *   password or by a token of an issuer.
 */
export type Identity =
  | { readonly kind: 'local' }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'user'; readonly name: string };

/** The identity as one word, as it stands in logs and tables: `local`, `service/conductor`, `user/alice`. */
export function identityText(identity: Identity): string {
  return identity.kind === 'local' ? 'local' : `${identity.kind}/${identity.name}`;
}

/** Reads the word that `identityText` wrote; undefined when it is none. */
export function parseIdentity(text: string | undefined): Identity | undefined {
  if (text === 'local') return { kind: 'local' };
  const match = /^(service|user)\/([A-Za-z0-9._@-]{1,128})$/.exec(text ?? '');
  return match ? { kind: match[1] as 'service' | 'user', name: match[2]! } : undefined;
}

/** `group/NAME` when a text can be the name of a group, by the rule for names of users. */
export function groupText(name: string): string | undefined {
  return parseIdentity(`user/${name}`) ? `group/${name}` : undefined;
}

/**
 * The identity in a certificate: its URI SAN under our trust domain. A certificate with none, or with several, proves nobody.
 * Source: SPIFFE X.509-SVID section 2 (exactly one URI SAN).
 */
export function certificateIdentity(
  certificate: Pick<PeerCertificate, 'subjectaltname'>,
  trustDomain: string,
): Identity | undefined {
  const uris = (certificate.subjectaltname ?? '')
    .split(/,\s*/)
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice(4));
  const prefix = `spiffe://${trustDomain}/`;
  if (uris.length !== 1 || !uris[0]!.startsWith(prefix)) return undefined;
  const identity = parseIdentity(uris[0]!.slice(prefix.length));
  return identity?.kind === 'local' ? undefined : identity;
}

/**
 * What is wrong with a server's certificate, as the end of a sentence about it; undefined when nothing is. `service`: name of the service that
 * should answer; any service of the trust domain counts when undefined.
 */
export function wrongServer(
  certificate: Pick<PeerCertificate, 'subjectaltname'>,
  trustDomain: string,
  service?: string,
): string | undefined {
  const identity = certificateIdentity(certificate, trustDomain);
  if (identity?.kind !== 'service') return `names no service of the trust domain ${trustDomain}`;
  if (service === undefined || identity.name === service) return undefined;
  return `is that of ${identityText(identity)}, not of service/${service}`;
}

/** What stands in place of an identity when a client without a certificate has not proven who it is; none of them reads as an identity. */
export const unproven = {
  /** Showed nothing. */
  missing: 'nobody/missing',
  /** Wrong name, password or form. */
  wrong: 'nobody/wrong',
  /** An `authorization` of a kind that is not taken here. */
  scheme: 'nobody/scheme',
  /** Too many wrong ones of late. */
  limited: 'nobody/limited',
  /** Too many at once. */
  busy: 'nobody/busy',
  /** A token that is none, or that its issuer did not sign with a key and an algorithm which count. */
  token: 'nobody/token',
  /** A token whose time is over. */
  expired: 'nobody/expired',
  /** A token whose time has not come. */
  early: 'nobody/early',
  /** A token for somebody else to read. */
  audience: 'nobody/audience',
  /** A token of another issuer. */
  issuer: 'nobody/issuer',
  /** A token without a name that an identity can hold. */
  name: 'nobody/name',
  /** The keys of the issuer cannot be had. */
  unavailable: 'nobody/unavailable',
} as const;

/** Why somebody has not proven who it is. */
export type Unproven = keyof typeof unproven;

/** Who makes this call. */
export function callerOf(context: CallContext): Identity {
  return parseIdentity(context.metadata.get(identityKey)) ?? { kind: 'local' };
}
