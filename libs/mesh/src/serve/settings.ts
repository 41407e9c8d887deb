import { type Address, address, choice, filePath, type Secret, secret, text, url } from '@consolemesh/config';
import type { TelemetryOptions } from '@consolemesh/telemetry';
import { logLevels } from '../log/logger.ts';
import { mtlsFromFiles, plaintext, type Trust } from '../trust/credentials.ts';

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
  metricsListen: address({
    env: 'CONSOLEMESH_METRICS_LISTEN',
    optional: true,
    doc: 'Where metrics are served for Prometheus, at `/metrics`; nowhere when unset. They name no node, user or secret.',
  }),
  otlpEndpoint: url({
    env: 'CONSOLEMESH_OTLP_ENDPOINT',
    optional: true,
    doc: 'Collector that gets traces by OTLP over gRPC, such as `http://127.0.0.1:4317`; no traces when unset. `OTEL_TRACES_SAMPLER` decides how many.',
  }),
  otlpHeaders: secret({
    env: 'CONSOLEMESH_OTLP_HEADERS',
    optional: true,
    inlineAllowed: false,
    expects: 'name=value in each line',
    doc: 'What the collector wants to be shown, such as an API key: `name=value` in each line.',
  }),
  otlpCa: filePath({
    env: 'CONSOLEMESH_OTLP_CA_FILE',
    optional: true,
    doc: 'PEM of the authority of a collector at `https://…`; those of the system when unset.',
  }),
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

/** The settings that decide about telemetry, as read. */
export interface TelemetrySettings {
  readonly metricsListen: Address | undefined;
  readonly otlpEndpoint: string | undefined;
  readonly otlpHeaders: Secret | undefined;
  readonly otlpCa: string | undefined;
}

/** The telemetry that those settings describe. */
export function telemetryOf(
  config: Partial<TelemetrySettings>,
): Pick<TelemetryOptions, 'collector' | 'metricsListen'> {
  const { metricsListen, otlpEndpoint: endpoint, otlpHeaders, otlpCa } = config;
  return {
    metricsListen,
    collector:
      endpoint === undefined ? undefined : { endpoint, headers: otlpHeaders?.reveal(), caFile: otlpCa },
  };
}
