/** Namespaces of WS-MAN (DSP0226) under the prefixes that requests and error texts use. */
export const NS = {
  s: 'http://www.w3.org/2003/05/soap-envelope',
  wsa: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  wsman: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
  wsen: 'http://schemas.xmlsoap.org/ws/2004/09/enumeration',
  wxf: 'http://schemas.xmlsoap.org/ws/2004/09/transfer',
  wsmid: 'http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
} as const;

/** SOAP 1.1, only to say so when a service speaks it. */
export const SOAP_1_1 = 'http://schemas.xmlsoap.org/soap/envelope/';

export const ANONYMOUS = `${NS.wsa}/role/anonymous`;
/** What a fault relates to when the service could not read which request it was. */
export const UNSPECIFIED = `${NS.wsa}/id/unspecified`;

/** Names of filter dialects (`wsman:Filter/@Dialect`). */
export const DIALECT = {
  cql: 'http://schemas.dmtf.org/wbem/cql/1/dsp0202.pdf',
  wql: 'http://schemas.microsoft.com/wbem/wsman/1/WQL',
} as const;
