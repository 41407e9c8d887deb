import {
  address,
  bytes as byteSize,
  choice,
  duration,
  filePath,
  flag,
  integer,
  list,
  type Settings,
  type SettingsOf,
  text,
  url,
} from '@consolemesh/config';
import { administratorsSetting, meshSettings } from '@consolemesh/mesh';
import { parseAddressSet } from '../door/client-address.ts';
import type { ProxyServiceOptions } from './start-proxy-service.ts';

/** What differs between the settings of the proxies. */
export interface OwnSettings {
  /** Default addresses of the door and of proxy.v1. */
  readonly listen: string;
  readonly grpcListen: string;
  /** What the handshake timeout bounds. */
  readonly handshake: string;
  /** What counts as input. */
  readonly input: string;
}

/** The settings that every proxy has; spread them into its own. */
export function proxySettings(own: OwnSettings) {
  return {
    ...meshSettings,
    administrators: administratorsSetting,
    listen: address({
      env: 'CONSOLEMESH_LISTEN',
      default: own.listen,
      doc: 'Where browsers connect: page and WebSocket.',
    }),
    grpcListen: address({
      env: 'CONSOLEMESH_GRPC_LISTEN',
      default: own.grpcListen,
      doc: 'Where proxy.v1 is served.',
    }),
    conductor: text({
      env: 'CONSOLEMESH_CONDUCTOR_TARGET',
      default: 'dns:///127.0.0.1:7110',
      doc: 'gRPC target of the conductor.',
    }),
    token: text({
      env: 'CONSOLEMESH_TOKEN_TARGET',
      default: 'dns:///127.0.0.1:7120',
      doc: 'gRPC target of the token service.',
    }),
    proxyId: text({
      env: 'CONSOLEMESH_PROXY_ID',
      optional: true,
      doc: 'Name of this instance; a new UUID for each start when unset.',
    }),
    publicUrl: url({
      env: 'CONSOLEMESH_PUBLIC_URL',
      optional: true,
      doc: 'URL under which users see the page, such as `https://consoles.example/`; its origin may open consoles.',
    }),
    basePath: text({
      env: 'CONSOLEMESH_BASE_PATH',
      default: '/',
      pattern: /\/([A-Za-z0-9._~-]+\/)*/,
      expects: 'a path that begins and ends with /',
      doc: 'Path below which everything is served, as a reverse proxy passes it on.',
    }),
    allowedOrigins: list({
      env: 'CONSOLEMESH_ALLOWED_ORIGINS',
      default: '',
      doc: 'Further origins whose pages may open consoles here, such as `https://ops.example`.',
    }),
    allowMissingOrigin: flag({
      env: 'CONSOLEMESH_ALLOW_MISSING_ORIGIN',
      default: false,
      doc: 'Let clients in that send no Origin: programs, not browsers.',
    }),
    trustedProxies: list({
      env: 'CONSOLEMESH_TRUSTED_PROXIES',
      default: '',
      doc: 'Addresses and prefixes of reverse proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.',
    }),
    frameAncestors: list({
      env: 'CONSOLEMESH_FRAME_ANCESTORS',
      default: '',
      doc: 'Who may show the page in a frame (sources of CSP `frame-ancestors`); nobody when empty.',
    }),
    webCertificate: filePath({
      env: 'CONSOLEMESH_WEB_TLS_CERTIFICATE_FILE',
      optional: true,
      doc: 'PEM of the certificate that browsers see, chain included. With the key it switches TLS on; both are read again when they change and on SIGHUP.',
    }),
    webKey: filePath({ env: 'CONSOLEMESH_WEB_TLS_KEY_FILE', optional: true, doc: 'PEM of its key.' }),
    webTlsMinimum: choice({
      env: 'CONSOLEMESH_WEB_TLS_MINIMUM',
      choices: ['TLSv1.2', 'TLSv1.3'],
      default: 'TLSv1.2',
      doc: 'Lowest TLS version toward browsers.',
    }),
    webTlsCiphers: text({
      env: 'CONSOLEMESH_WEB_TLS_CIPHERS',
      optional: true,
      doc: 'OpenSSL list of the ciphers toward browsers; the one of Node.js when unset.',
    }),
    maxSessions: integer({
      env: 'CONSOLEMESH_MAX_SESSIONS',
      default: 2000,
      min: 1,
      doc: 'Sessions at once.',
    }),
    maxConnections: integer({
      env: 'CONSOLEMESH_MAX_CONNECTIONS',
      default: 5000,
      min: 1,
      doc: 'Connections at once, those without a session included.',
    }),
    maxListeners: integer({
      env: 'CONSOLEMESH_MAX_LISTENERS',
      default: 64,
      doc: 'Raw listeners (Expose) at once.',
    }),
    openBurst: integer({
      env: 'CONSOLEMESH_OPEN_BURST',
      default: 30,
      min: 1,
      doc: 'Openings that one client address may make at once.',
    }),
    openPerMinute: integer({
      env: 'CONSOLEMESH_OPEN_PER_MINUTE',
      default: 120,
      min: 1,
      doc: 'Openings that one client address may go on making.',
    }),
    maxFrame: byteSize({
      env: 'CONSOLEMESH_MAX_FRAME',
      default: '1MiB',
      min: '1KiB',
      doc: 'Largest WebSocket frame that a client may send.',
    }),
    handshakeTimeout: duration({
      env: 'CONSOLEMESH_HANDSHAKE_TIMEOUT',
      default: '10s',
      min: '100ms',
      max: '10m',
      doc: own.handshake,
    }),
    connectTimeout: duration({
      env: 'CONSOLEMESH_CONNECT_TIMEOUT',
      default: '15s',
      min: '100ms',
      max: '10m',
      doc: 'How long reaching the machine may take, its handshake included.',
    }),
    idleTimeout: duration({
      env: 'CONSOLEMESH_IDLE_TIMEOUT',
      default: '0',
      max: '24d',
      doc: `Ends a session after so long without ${own.input}; 0 = never. The page warns before and shows the time.`,
    }),
    idleWarning: duration({
      env: 'CONSOLEMESH_IDLE_WARNING',
      default: '2m',
      max: '24d',
      doc: 'How long before that end the user is warned.',
    }),
    longestSession: duration({
      env: 'CONSOLEMESH_LONGEST_SESSION',
      default: '0',
      max: '24d',
      doc: 'Longest session; 0 = as long as the token service allows.',
    }),
    ping: duration({
      env: 'CONSOLEMESH_PING_INTERVAL',
      default: '15s',
      min: '1s',
      max: '1h',
      doc: 'After so long without a sign of life a client is asked for one.',
    }),
    dead: duration({
      env: 'CONSOLEMESH_DEAD_AFTER',
      default: '45s',
      min: '2s',
      max: '24h',
      doc: 'After so long without one it is taken for dead.',
    }),
    drain: duration({
      env: 'CONSOLEMESH_DRAIN',
      default: '0',
      max: '24h',
      doc: 'How long sessions may go on after SIGTERM; then their pages are told to come back, which they do at another instance.',
    }),
  };
}

/** What the shared settings give. */
export type ProxyConfig = SettingsOf<Settings<ReturnType<typeof proxySettings>>>;

/** What is wrong with the shared settings together, a sentence each. */
export function checkProxySettings(config: ProxyConfig): string[] {
  const problems: string[] = [];
  if ((config.webCertificate === undefined) !== (config.webKey === undefined)) {
    problems.push(
      'CONSOLEMESH_WEB_TLS_CERTIFICATE_FILE and CONSOLEMESH_WEB_TLS_KEY_FILE go together: set both or none',
    );
  }
  if (config.dead <= config.ping) {
    problems.push('CONSOLEMESH_DEAD_AFTER has to be longer than CONSOLEMESH_PING_INTERVAL');
  }
  try {
    parseAddressSet(config.trustedProxies);
  } catch (error) {
    problems.push(`CONSOLEMESH_TRUSTED_PROXIES: ${(error as Error).message}`);
  }
  return problems;
}

/** What the shared settings mean for the start of a proxy. */
export function proxyOptionsOf(config: ProxyConfig): Omit<ProxyServiceOptions, 'trust' | 'logger'> {
  const { webCertificate, webKey } = config;
  return {
    administrators: config.administrators,
    listen: config.listen,
    grpcListen: config.grpcListen,
    conductorTarget: config.conductor,
    tokenTarget: config.token,
    publicUrl: config.publicUrl,
    basePath: config.basePath,
    proxyId: config.proxyId,
    allowedOrigins: config.allowedOrigins,
    allowMissingOrigin: config.allowMissingOrigin,
    trustedProxies: config.trustedProxies,
    frameAncestors: config.frameAncestors,
    tls:
      webCertificate === undefined || webKey === undefined
        ? undefined
        : {
            certificateFile: webCertificate,
            keyFile: webKey,
            minimumVersion: config.webTlsMinimum,
            ciphers: config.webTlsCiphers,
          },
    limits: {
      maxSessions: config.maxSessions,
      maxConnections: config.maxConnections,
      maxListeners: config.maxListeners,
      openings: { burst: config.openBurst, perSecond: config.openPerMinute / 60 },
      maxFrameBytes: config.maxFrame,
      handshakeMs: config.handshakeTimeout,
      connectMs: config.connectTimeout,
      idleMs: config.idleTimeout,
      idleWarningMs: config.idleWarning,
      longestMs: config.longestSession,
      pingMs: config.ping,
      deadMs: config.dead,
      drainMs: config.drain,
    },
  };
}
