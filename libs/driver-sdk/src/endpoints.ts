import {
  type Endpoint,
  EndpointAudience,
  RfbPath,
  type RfbProfile,
  TlsMode,
  type TlsSettings,
  TlsVerification,
} from '@consolemesh/contracts/types';
import type { Profile, TcpAddress, TlsToward } from './driver.ts';

const tlsModes = {
  none: TlsMode.NONE,
  'from-first-byte': TlsMode.FROM_FIRST_BYTE,
  vencrypt: TlsMode.VENCRYPT,
} as const;
const verifications = {
  system: TlsVerification.SYSTEM,
  ca: TlsVerification.CA,
  pin: TlsVerification.PIN,
  none: TlsVerification.NONE,
} as const;

/** What both kinds of endpoint carry. */
export interface EndpointCommon {
  readonly maxSessions: number;
  /** Absent on serial consoles. */
  readonly profile: Profile | undefined;
}

/** An endpoint that proxies connect to by themselves. */
export function tcpEndpoint(address: TcpAddress, common: EndpointCommon): Endpoint {
  const { host, port, username = '', password = '', tls } = address;
  return endpoint({ $case: 'tcp', value: { host, port, username, password, tls: tlsSettings(tls) } }, common);
}

/** An endpoint that is served by Attach at `target`; `tls` is how the holder judges the console's server. */
export function relayEndpoint(target: string, common: EndpointCommon, tls?: TlsToward): Endpoint {
  const unverifiedTls = tls !== undefined && tls.mode !== 'none' && tls.verify === 'none';
  return endpoint({ $case: 'relay', value: { target, unverifiedTls } }, common);
}

/** The plain TCP address of a console for Nova's proxies, which bear one client. */
export function novaEndpoint({ host, port }: { host: string; port: number }): Endpoint {
  const tcp = { host, port, username: '', password: '', tls: tlsSettings(undefined) };
  const made = endpoint({ $case: 'tcp', value: tcp }, { maxSessions: 1, profile: undefined });
  return { ...made, audience: EndpointAudience.NOVA };
}

function endpoint(
  transport: NonNullable<Endpoint['transport']>,
  { maxSessions, profile }: EndpointCommon,
): Endpoint {
  return { audience: EndpointAudience.MESH, transport, maxSessions, rfb: profile && rfbProfile(profile) };
}

function tlsSettings(tls: TlsToward | undefined): TlsSettings {
  return {
    mode: tlsModes[tls?.mode ?? 'none'],
    verification: tls === undefined ? TlsVerification.UNSPECIFIED : verifications[tls.verify],
    caPem: tls?.ca ?? '',
    sha256Pin: tls?.sha256Pin ?? '',
    serverName: tls?.serverName ?? '',
    minimumVersion: tls?.minVersion ?? '',
  };
}

function rfbProfile(profile: Profile): RfbProfile {
  return {
    allowedEncodings: [...(profile.allowedEncodings ?? [])],
    forbiddenEncodings: [...(profile.forbiddenEncodings ?? [])],
    forcedPixelFormat: profile.forcedPixelFormat ?? Buffer.alloc(0),
    forceShared: profile.forceShared ?? false,
    maxClientMessageBytes: profile.maxClientMessageBytes ?? 0,
    path: profile.path === 'transcode' ? RfbPath.TRANSCODE : RfbPath.SPLICE,
    allowedSecurityTypes: [...(profile.allowedSecurityTypes ?? [])],
  };
}
