import { faultDetail, ns } from './namespaces.ts';
import { element, type Xml } from './write-xml.ts';

/** A SOAP fault as WS-Management defines it (DSP0226 clause 14): the request is answered with it. */
export class Fault extends Error {
  readonly status: number;
  readonly code: 'Sender' | 'Receiver';
  /** `wsman:InvalidSelectors` */
  readonly subcode: string;
  /** `…/faultDetail/UnexpectedSelectors` */
  readonly detail: string | undefined;

  constructor(row: FaultRow, text: string = row.text) {
    super(text);
    this.status = row.status ?? (row.code === 'Sender' ? 400 : 500);
    this.code = row.code;
    this.subcode = row.subcode;
    this.detail = row.detail && `${faultDetail}/${row.detail}`;
  }
}

interface FaultRow {
  readonly code: 'Sender' | 'Receiver';
  readonly subcode: string;
  readonly text: string;
  readonly detail?: string;
  readonly status?: number;
}

export const faults = {
  malformed: {
    code: 'Sender',
    subcode: 'wsman:SchemaValidationError',
    text: 'The supplied SOAP violates the corresponding XML schema definition.',
  },
  headerMissing: {
    code: 'Sender',
    subcode: 'wsa:MessageInformationHeaderRequired',
    text: 'A required header was missing.',
  },
  unknownClass: {
    code: 'Sender',
    subcode: 'wsa:DestinationUnreachable',
    detail: 'InvalidResourceURI',
    text: 'No route can be determined to reach the destination role defined by the Addressing To.',
  },
  unknownAction: {
    code: 'Sender',
    subcode: 'wsa:ActionNotSupported',
    text: 'The action is not supported by the service.',
  },
  wrongSelectors: {
    code: 'Sender',
    subcode: 'wsman:InvalidSelectors',
    detail: 'UnexpectedSelectors',
    text: 'The Selectors for the resource are not valid.',
  },
  missingSelectors: {
    code: 'Sender',
    subcode: 'wsman:InvalidSelectors',
    detail: 'InsufficientSelectors',
    text: 'The Selectors for the resource are not valid.',
  },
  accessDenied: {
    code: 'Sender',
    subcode: 'wsman:AccessDenied',
    status: 403,
    text: 'The sender was not authorized to access the resource.',
  },
  unknownContext: {
    code: 'Receiver',
    subcode: 'wsen:InvalidEnumerationContext',
    text: 'The supplied enumeration context is invalid.',
  },
  unknownDialect: {
    code: 'Sender',
    subcode: 'wsen:FilterDialectRequestedUnavailable',
    text: 'The requested filtering dialect is not supported.',
  },
  badFilter: {
    code: 'Sender',
    subcode: 'wsen:CannotProcessFilter',
    text: 'The requested filter could not be processed.',
  },
  concurrency: {
    code: 'Receiver',
    subcode: 'wsman:Concurrency',
    text: 'The action could not be completed due to concurrency or locking problems.',
  },
  internal: {
    code: 'Receiver',
    subcode: 'wsman:InternalError',
    text: 'The service cannot comply with the request due to internal processing errors.',
  },
} as const satisfies Record<string, FaultRow>;

/**
 * The body of a fault (SOAP 1.2 part 1, section 5.4):
 *   Fault { Code { Value s:Sender|s:Receiver, Subcode { Value } }, Reason { Text xml:lang }, Detail { wsman:FaultDetail } }
 */
export function faultBody({ code, subcode, message, detail }: Fault): Xml {
  return element('s:Fault', [
    element('s:Code', [element('s:Value', `s:${code}`), element('s:Subcode', element('s:Value', subcode))]),
    element('s:Reason', element('s:Text', message, { 'xml:lang': 'en' })),
    ...(detail === undefined ? [] : [element('s:Detail', element('wsman:FaultDetail', detail))]),
  ]);
}

/** The action of a fault's envelope: that of the specification whose subcode it is. */
export function faultAction({ subcode }: Fault): string {
  if (subcode.startsWith('wsa:')) return `${ns.addressing}/fault`;
  if (subcode.startsWith('wsen:')) return `${ns.enumeration}/fault`;
  return 'http://schemas.dmtf.org/wbem/wsman/1/wsman/fault';
}
