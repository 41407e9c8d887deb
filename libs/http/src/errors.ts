/**
 * Why an HTTP exchange gave no answer. An answer with any status but a redirect is no error here.
 *
 * | code | meaning | what to do |
 * |---|---|---|
 * | NAME_NOT_FOUND | the host's name has no address (`systemCode`) | check name and name service |
 * | REFUSED | the host refuses the connection | check the port |
 * | UNREACHABLE | there is no way to the host, or none is allowed (`systemCode`) | check address, routes, firewall |
 * | RESET | the connection ended before an answer; the request may have been carried out | retry what changes nothing |
 * | TIMEOUT | the deadline passed; the text says what was awaited. Or too many requests wait for their turn already | retry what changes nothing |
 * | ABORTED | the caller's signal or the end of the client ended it | – |
 * | TLS_FAILED | the TLS handshake failed | check port, TLS versions and settings |
 * | CERTIFICATE_MISMATCH | the certificate is not trusted (`fingerprint` = presented) | check pin, CA, name or clock |
 * | TOO_LARGE | the answer is larger than the bound | raise it, or it is not the peer that was meant |
 * | TRUNCATED | the answer ended too early | retry what changes nothing |
 * | NOT_HTTP | what came back is no HTTP/1 answer | check the port |
 * | UNEXPECTED_REDIRECT | the answer points elsewhere (`location`); nothing is followed | check path, port, scheme |
 */
export type HttpErrorCode =
  | 'NAME_NOT_FOUND'
  | 'REFUSED'
  | 'UNREACHABLE'
  | 'RESET'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'TLS_FAILED'
  | 'CERTIFICATE_MISMATCH'
  | 'TOO_LARGE'
  | 'TRUNCATED'
  | 'NOT_HTTP'
  | 'UNEXPECTED_REDIRECT';

export interface HttpErrorDetails {
  /** CERTIFICATE_MISMATCH: SHA-256 of the presented certificate, lower-case hex. */
  fingerprint?: string;
  /** The operating system's code, such as ECONNREFUSED. */
  systemCode?: string;
  /** UNEXPECTED_REDIRECT: the Location header as it came. */
  location?: string;
}

/** The one error type of this library; `code` is the contract, the text is for people. Never holds a header or a body. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;
  readonly details: HttpErrorDetails;

  constructor(code: HttpErrorCode, message: string, details: HttpErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
