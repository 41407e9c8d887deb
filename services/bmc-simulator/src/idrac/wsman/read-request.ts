import { Fault, faults } from './faults.ts';
import { ns } from './namespaces.ts';
import { child, childText, readXml, type XmlElement } from './read-xml.ts';

/** A request as WS-Management addresses it. */
export interface WsmanRequest {
  readonly action: string;
  /** '' for Identify */
  readonly resource: string;
  readonly messageId: string | undefined;
  readonly selectors: ReadonlyMap<string, string>;
  /** The first element of the body. */
  readonly body: XmlElement | undefined;
}

/** The action under which an Identify goes, which has no headers (DSP0226 clause 11). */
export const identifyAction = `${ns.identity}/Identify`;

/**
 * Reads an envelope:
 *   Envelope { Header { wsa:To, wsman:ResourceURI, wsa:MessageID, wsa:ReplyTo { wsa:Address }, wsa:Action,
 *              wsman:SelectorSet { wsman:Selector @Name }* }, Body { any? } }
 * @throws Fault when it is none, or lacks what every request has
 */
export function readRequest(text: string): WsmanRequest {
  const envelope = readEnvelope(text);
  const header = child(envelope, ns.soap, 'Header');
  const body = child(envelope, ns.soap, 'Body')?.children[0];
  const messageId = childText(header, ns.addressing, 'MessageID');
  if (body?.namespace === ns.identity && body.name === 'Identify')
    return { action: identifyAction, resource: '', messageId, selectors: new Map(), body };
  const action = childText(header, ns.addressing, 'Action');
  const resource = childText(header, ns.wsman, 'ResourceURI');
  const replyTo = childText(child(header, ns.addressing, 'ReplyTo'), ns.addressing, 'Address');
  const to = childText(header, ns.addressing, 'To');
  if (!action || !messageId || !replyTo || !to) throw new Fault(faults.headerMissing);
  if (!resource) throw new Fault(faults.unknownClass);
  return { action, resource, messageId, selectors: readSelectors(header), body };
}

function readEnvelope(text: string): XmlElement {
  let envelope: XmlElement;
  try {
    envelope = readXml(text);
  } catch (error) {
    throw new Fault(faults.malformed, (error as Error).message);
  }
  if (envelope.namespace !== ns.soap || envelope.name !== 'Envelope') throw new Fault(faults.malformed);
  return envelope;
}

function readSelectors(header: XmlElement | undefined): Map<string, string> {
  const set = child(header, ns.wsman, 'SelectorSet');
  const selectors = (set?.children ?? []).filter(
    ({ namespace, name }) => namespace === ns.wsman && name === 'Selector',
  );
  return new Map(selectors.map(({ attributes, text }) => [attributes.get('Name') ?? '', text.trim()]));
}
