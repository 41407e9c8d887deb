/** The namespaces of WS-Management (DSP0226, annex A) and the place of the classes. */
export const ns = {
  soap: 'http://www.w3.org/2003/05/soap-envelope',
  addressing: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  enumeration: 'http://schemas.xmlsoap.org/ws/2004/09/enumeration',
  transfer: 'http://schemas.xmlsoap.org/ws/2004/09/transfer',
  wsman: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
  identity: 'http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd',
  instance: 'http://www.w3.org/2001/XMLSchema-instance',
} as const;

export const anonymous = `${ns.addressing}/role/anonymous`;
export const faultDetail = 'http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail';
/** Followed by the name of a class, this is its ResourceURI. */
export const classBase = 'http://schemas.dell.com/wbem/wscim/1/cim-schema/2/';

export const dialects = {
  cql: 'http://schemas.dmtf.org/wbem/cql/1/dsp0202.pdf',
  wql: 'http://schemas.microsoft.com/wbem/wsman/1/WQL',
} as const;
