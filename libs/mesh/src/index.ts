export { type Connection, type ConnectOptions, connect } from './calls/connect.ts';
export { parseTarget, targetOf } from './calls/target.ts';
export { createLogger, type Logger, type LogLevel, logLevels, silentLogger } from './log/logger.ts';
export { mask, redact } from './log/redact.ts';
export { errorDomain, meshErrorOf, statusOf } from './serve/error-boundary.ts';
export { type Running, runService, type ServiceTools } from './serve/run-service.ts';
export { type Binding, bind, type MeshServer, type ServeOptions, serve } from './serve/serve.ts';
export { type Need, serveWhile } from './serve/serve-while.ts';
export { meshSettings, telemetryOf, trustOf } from './serve/settings.ts';
export { streamDefinition } from './serve/stream-definition.ts';
export {
  type AttachTicket,
  claimedConsole,
  makeAttachTicket,
  ticketClockTolerance,
  type VerifiedTicket,
  verifyAttachTicket,
} from './tickets/attach-ticket.ts';
export { signGrant, verifyGrant } from './tickets/signed-grant.ts';
export { fromDuration, fromTimestamp, toDuration, toTimestamp } from './time.ts';
export { authorization, mayCall } from './trust/authorize.ts';
export type { Renewal } from './trust/certificate-provider.ts';
export { isLoopback, mtlsFromFiles, plaintext, type ServerTrust, type Trust } from './trust/credentials.ts';
export {
  type CertificateFiles,
  type FollowedTrust,
  type FollowOptions,
  followCertificates,
} from './trust/follow-certificates.ts';
export {
  callerOf,
  certificateIdentity,
  type Identity,
  identityText,
  parseIdentity,
  wrongServer,
} from './trust/identity.ts';
export { type Certificates, type Judged, judgeCertificates } from './trust/judge-certificates.ts';
export { type BasicUsers, readBasicUsers } from './users/basic-users.ts';
export { createOidcUsers, type OidcOptions } from './users/oidc-users.ts';
export { hashPassword } from './users/password-hash.ts';
export {
  actingServices,
  actorText,
  onBehalfKey,
  type Principal,
  principalOf,
  standardAdministrators,
} from './users/principal.ts';
export { administratorsSetting, checkUserSettings, userSettings, usersOf } from './users/user-settings.ts';
export { combineUsers, type Users } from './users/users.ts';
export { createWindowedCounts, type WindowedCounts } from './windowed-counts.ts';
