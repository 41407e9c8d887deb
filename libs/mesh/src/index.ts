export {
  type AttachTicket,
  claimedConsole,
  makeAttachTicket,
  ticketClockTolerance,
  type VerifiedTicket,
  verifyAttachTicket,
} from './attach-ticket.ts';
export { authorization, mayCall } from './authorize.ts';
export { type BasicUsers, readBasicUsers } from './basic-users.ts';
export type { Renewal } from './certificate-provider.ts';
export { type Connection, type ConnectOptions, connect } from './connect.ts';
export { isLoopback, mtlsFromFiles, plaintext, type ServerTrust, type Trust } from './credentials.ts';
export { errorDomain, meshErrorOf, statusOf } from './error-boundary.ts';
export {
  type CertificateFiles,
  type FollowedTrust,
  type FollowOptions,
  followCertificates,
} from './follow-certificates.ts';
export { callerOf, certificateIdentity, type Identity, identityText, parseIdentity } from './identity.ts';
export { type Certificates, type Judged, judgeCertificates } from './judge-certificates.ts';
export { createLogger, type Logger, type LogLevel, logLevels, silentLogger } from './logger.ts';
export { createOidcUsers, type OidcOptions } from './oidc-users.ts';
export { hashPassword } from './password-hash.ts';
export {
  actingServices,
  actorText,
  onBehalfKey,
  type Principal,
  principalOf,
  standardAdministrators,
} from './principal.ts';
export { mask, redact } from './redact.ts';
export { type Running, runService, type ServiceTools } from './run-service.ts';
export { type Binding, bind, type MeshServer, type ServeOptions, serve } from './serve.ts';
export { type Need, serveWhile } from './serve-while.ts';
export { meshSettings, telemetryOf, trustOf } from './settings.ts';
export { signGrant, verifyGrant } from './signed-grant.ts';
export { streamDefinition } from './stream-definition.ts';
export { parseTarget, targetOf } from './target.ts';
export { fromDuration, fromTimestamp, toDuration, toTimestamp } from './time.ts';
export { administratorsSetting, checkUserSettings, userSettings, usersOf } from './user-settings.ts';
export { combineUsers, type Users } from './users.ts';
export { createWindowedCounts, type WindowedCounts } from './windowed-counts.ts';
