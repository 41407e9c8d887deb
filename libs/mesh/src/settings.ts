import { choice, filePath, text } from '@consolemesh/config';
import { mtlsFromFiles, plaintext, type Trust } from './credentials.ts';
import { logLevels } from './logger.ts';

/** Settings that every service of the mesh has. */
export const meshSettings = {
  logLevel: choice({
    env: 'CONSOLEMESH_LOG_LEVEL',
    choices: logLevels,
    default: 'info',
    doc: 'How much the log says.',
  }),
  trustDomain: text({
    env: 'CONSOLEMESH_TRUST_DOMAIN',
    default: 'consolemesh.local',
    doc: 'Trust domain of the identities in certificates (`spiffe://<trust domain>/…`).',
  }),
  tlsCa: filePath({
    env: 'CONSOLEMESH_TLS_CA_FILE',
    optional: true,
    doc: 'PEM of the authority of the mesh. With certificate and key it switches mTLS on; without, plaintext on loopback only.',
  }),
  tlsCertificate: filePath({
    env: 'CONSOLEMESH_TLS_CERTIFICATE_FILE',
    optional: true,
    doc: 'PEM of the certificate of this service.',
  }),
  tlsKey: filePath({ env: 'CONSOLEMESH_TLS_KEY_FILE', optional: true, doc: 'PEM of its key.' }),
};

/** The settings that decide about trust, as read. */
export interface TrustSettings {
  readonly trustDomain: string;
  readonly tlsCa: string | undefined;
  readonly tlsCertificate: string | undefined;
  readonly tlsKey: string | undefined;
}

/** The trust that those settings describe. Throws one clear line when they are incomplete or a file cannot be read. */
export function trustOf(config: Partial<TrustSettings>): Trust {
  const { tlsCa, tlsCertificate, tlsKey, trustDomain = 'consolemesh.local' } = config;
  if (tlsCa === undefined && tlsCertificate === undefined && tlsKey === undefined) return plaintext;
  if (tlsCa === undefined || tlsCertificate === undefined || tlsKey === undefined) {
    throw new Error(
      'CONSOLEMESH_TLS_CA_FILE, CONSOLEMESH_TLS_CERTIFICATE_FILE and CONSOLEMESH_TLS_KEY_FILE go together: set all or none',
    );
  }
  return mtlsFromFiles({ trustDomain, caFile: tlsCa, certificateFile: tlsCertificate, keyFile: tlsKey });
}
