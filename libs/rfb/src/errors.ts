/**
 * Why an RFB conversation could not go on.
 *
 * | code | meaning | what to do |
 * |---|---|---|
 * | NOT_RFB | the peer does not speak RFB (first bytes in the text) | check port; TLS from the first byte? |
 * | VERSION_UNSUPPORTED | RFB, but a version or role we do not speak | – |
 * | REFUSED_BY_SERVER | the server closed the door before authentication, with its reason | read the reason, later again |
 * | NO_COMMON_SECURITY | nothing the server offers is allowed | allow a type or configure the server |
 * | PASSWORD_REQUIRED | an offered type is allowed but its credentials are missing | give credentials |
 * | AUTHENTICATION_FAILED | credentials were refused | never retry until they change: BMCs lock out |
 * | TOO_MANY_ATTEMPTS | the server blocks us after failures | wait; do not retry |
 * | TLS_FAILED | TLS handshake failed | check mode and versions |
 * | CERTIFICATE_MISMATCH | certificate not trusted or not the pinned one (`fingerprint` = presented) | check pin or CA |
 * | UNEXPECTED_END | the peer hung up in the middle | retry |
 * | TIMEOUT | the deadline passed | retry; the text says what was awaited |
 * | ABORTED | the caller's signal ended it | – |
 * | LIMIT_EXCEEDED | the peer announced something beyond a bound | broken or hostile peer |
 * | PROTOCOL_VIOLATION | bytes that no RFB peer sends here | broken or hostile peer |
 */
export type RfbErrorCode =
  | 'NOT_RFB'
  | 'VERSION_UNSUPPORTED'
  | 'REFUSED_BY_SERVER'
  | 'NO_COMMON_SECURITY'
  | 'PASSWORD_REQUIRED'
  | 'AUTHENTICATION_FAILED'
  | 'TOO_MANY_ATTEMPTS'
  | 'TLS_FAILED'
  | 'CERTIFICATE_MISMATCH'
  | 'UNEXPECTED_END'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'LIMIT_EXCEEDED'
  | 'PROTOCOL_VIOLATION';

export interface RfbErrorDetails {
  cause?: unknown;
  /** NO_COMMON_SECURITY: names of what the server offered and of what was allowed. */
  offered?: readonly string[];
  wanted?: readonly string[];
  /** CERTIFICATE_MISMATCH: SHA-256 of the presented certificate, lower-case hex. */
  fingerprint?: string;
  /** The peer's own words, bounded and printable. */
  reason?: string;
}

/** The one error type of this library; `code` is the contract, the text is for people. Never holds a secret. */
export class RfbError extends Error {
  override readonly name = 'RfbError';
  readonly code: RfbErrorCode;
  readonly details: RfbErrorDetails;

  constructor(code: RfbErrorCode, message: string, details: RfbErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}
