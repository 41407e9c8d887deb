/**
 * Why no TLS connection came about.
 *
 * | code | meaning | what to do |
 * |---|---|---|
 * | TLS_FAILED | the handshake failed, or the settings cannot work | check port, TLS versions and settings; the text says which |
 * | CERTIFICATE_MISMATCH | the certificate is not trusted or not the pinned one (`fingerprint` = presented) | check pin, CA, name or clock; the text says which |
 */
export type TlsErrorCode = 'TLS_FAILED' | 'CERTIFICATE_MISMATCH';

export interface TlsErrorDetails {
  cause?: unknown;
  /** CERTIFICATE_MISMATCH: SHA-256 of the presented certificate, lower-case hex. */
  fingerprint?: string;
}

/** The one error type of this library; `code` is the contract, the text is for people. Never holds a key. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
  readonly code: TlsErrorCode;
  readonly details: TlsErrorDetails;

  constructor(code: TlsErrorCode, message: string, details: TlsErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}
