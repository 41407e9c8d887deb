/**
 * Why a WS-MAN call did not end with an answer. Failures of the connection itself (name, TCP, TLS, deadline, abort,
 * answer above the byte limit) are HttpErrors and pass through unchanged.
 *
 * | code | meaning | what to do |
 * |---|---|---|
 * | UNAUTHORIZED | 401 | never retry until the credentials change: BMCs lock out |
 * | FORBIDDEN | 403 or wsman:AccessDenied | give the user the privilege |
 * | NOT_FOUND | 404 or 405 without SOAP: nobody speaks WS-MAN at this path | another transport, another path |
 * | NOT_SOAP | a success that is no SOAP 1.2 envelope: HTML page, JSON, nothing | check address and path |
 * | MALFORMED | XML that cannot be trusted: cut off, wrong encoding, document type, too deep; or not the answer asked for | retry what changes nothing |
 * | TOO_LARGE | more elements and attributes, a longer tag, or more bytes of a whole enumeration than the limits allow | ask for less; raise the limit |
 * | WRONG_RELATES_TO | the answer belongs to another request | retry what changes nothing |
 * | FAULT | a SOAP fault (`faultCode`, `faultSubcode`, `faultDetail`, `reason`) | by subcode |
 * | BUSY | 503, 429, wsman:Concurrency, wsman:QuotaLimit, wsa:EndpointUnavailable | later again |
 * | HTTP_STATUS | any other status without SOAP | by `status` |
 * | ENDLESS | an enumeration that never ends | broken service |
 */
export type WsmanErrorCode =
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'NOT_SOAP'
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'WRONG_RELATES_TO'
  | 'FAULT'
  | 'BUSY'
  | 'HTTP_STATUS'
  | 'ENDLESS';

export interface WsmanErrorDetails {
  /** HTTP status of the answer. */
  status?: number;
  /** Name with the prefix this library writes for its namespace (`s:Sender`), whatever prefix the service used. */
  faultCode?: string;
  /** The innermost subcode, written likewise (`wsman:InvalidSelectors`). */
  faultSubcode?: string;
  /** wsman:FaultDetail, or the text of the Detail element; bounded and printable. */
  faultDetail?: string;
  /** The service's own words; bounded and printable. */
  reason?: string;
}

/** The one error of this library; `code` is the contract, the text is for people. Never holds a secret. */
export class WsmanError extends Error {
  override readonly name = 'WsmanError';
  readonly code: WsmanErrorCode;
  readonly details: WsmanErrorDetails;

  constructor(code: WsmanErrorCode, message: string, details: WsmanErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
