import { X509Certificate } from 'node:crypto';
import type { SecureVersion } from 'node:tls';
import { TlsError } from './errors.ts';

/** How to trust the server's certificate. */
export interface TlsTrust {
  /**
   * `system`: Node's root certificates and the name (needs `servername`); `ca`: chain to `ca`, and the name if
   * `servername` is given; `pin`: SHA-256 of the certificate itself; `none`: encrypt only. Default `system`.
   */
  verify?: 'system' | 'ca' | 'pin' | 'none' | undefined;
  /** PEM; for `ca`. */
  ca?: string | undefined;
  /** SHA-256 of the certificate's DER form, hex, with or without colons; for `pin`. */
  sha256Pin?: string | undefined;
  /** DNS name or IP address to find in the certificate. DNS names are sent as SNI. */
  servername?: string | undefined;
  /** Default TLSv1.2. Lowering it to TLSv1 or TLSv1.1 also admits the ciphers and keys that such servers have. */
  minVersion?: SecureVersion | undefined;
  clientCert?: { key: string; cert: string } | undefined;
}

/**
 * Refuses settings that could not hold what they promise, before a connection is made for them.
 * @throws TlsError TLS_FAILED
 */
export function requireSettings(trust: TlsTrust): void {
  const problem = findProblem(trust);
  if (problem !== undefined) throw new TlsError('TLS_FAILED', `TLS settings: ${problem}`);
}

function findProblem({ verify = 'system', servername, ca, sha256Pin }: TlsTrust): string | undefined {
  switch (verify) {
    case 'system':
      return servername === undefined
        ? "verify 'system' needs `servername`: without a name any public certificate would pass"
        : undefined;
    case 'ca':
      if (ca === undefined) return "verify 'ca' needs `ca`";
      // Node skips what it cannot read and would then call every certificate unknown.
      return isCertificate(ca) ? undefined : '`ca` is no certificate in PEM form';
    case 'pin':
      return /^([0-9a-f]{2}:?){32}$/i.test(sha256Pin ?? '')
        ? undefined
        : "verify 'pin' needs `sha256Pin`: 64 hex digits";
    case 'none':
      return undefined;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
