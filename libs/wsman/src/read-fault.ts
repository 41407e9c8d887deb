import { WsmanError, type WsmanErrorCode, type WsmanErrorDetails } from './errors.ts';
import { NS } from './namespaces.ts';
import { printable } from './xml-characters.ts';
import { attributeOf, childOf, type XmlElement } from './xml-element.ts';

/** Faults that say "later", and that say "not you". */
const MEANING: ReadonlyMap<string, WsmanErrorCode> = new Map([
  ['wsman:Concurrency', 'BUSY'],
  ['wsman:QuotaLimit', 'BUSY'],
  ['wsa:EndpointUnavailable', 'BUSY'],
  ['wsman:AccessDenied', 'FORBIDDEN'],
]);

/**
 * The error that a SOAP fault means. Everything but Code may be missing.
 *
 * ```
 * s:Fault
 *   s:Code / s:Value, s:Subcode / s:Value, s:Subcode / …   names such as wsman:InvalidSelectors, prefix as declared there
 *   s:Reason / s:Text @xml:lang
 *   s:Detail / wsman:FaultDetail                           a URI, or whatever the service puts there
 * ```
 * @param secrets texts that the request carried and that a service may repeat: those of four characters and more are blotted out
 */
export function readFault(fault: XmlElement, status: number, secrets: readonly string[]): WsmanError {
  const foreign = (text: string) => printable(blot(text, secrets), 500);
  const code = childOf(fault, NS.s, 'Code');
  const faultCode = nameIn(childOf(code, NS.s, 'Value'));
  const faultSubcode = nameIn(innermost(code));
  const reason = foreign(reasonOf(fault));
  const faultDetail = foreign(detailOf(fault));
  const details: WsmanErrorDetails = {
    status,
    ...(faultCode !== '' && { faultCode: foreign(faultCode) }),
    ...(faultSubcode !== '' && { faultSubcode: foreign(faultSubcode) }),
    ...(reason !== '' && { reason }),
    ...(faultDetail !== '' && { faultDetail }),
  };
  const name = details.faultSubcode ?? details.faultCode ?? 'without a code';
  const words = [reason, faultDetail].filter((one) => one !== '').join(' | ');
  const meant = byStatus(status) ?? MEANING.get(faultSubcode) ?? 'FAULT';
  return new WsmanError(
    meant,
    `the service answered with the fault ${name}${words === '' ? '' : `: ${words}`}`,
    details,
  );
}

function byStatus(status: number): WsmanErrorCode | undefined {
  if (status === 403) return 'FORBIDDEN';
  return status === 429 || status === 503 ? 'BUSY' : undefined;
}

/** The Value of the deepest Subcode: each one inside another says it more exactly. */
function innermost(code: XmlElement | undefined): XmlElement | undefined {
  let value: XmlElement | undefined;
  for (let at = childOf(code, NS.s, 'Subcode'); at !== undefined; at = childOf(at, NS.s, 'Subcode'))
    value = childOf(at, NS.s, 'Value') ?? value;
  return value;
}

/** A name in a text, with this library's prefix for its namespace; as it stands where the namespace is not known. */
function nameIn(element: XmlElement | undefined): string {
  const text = element?.text.trim() ?? '';
  const colon = text.indexOf(':');
  const namespace = element?.namespaceOf(colon < 0 ? '' : text.slice(0, colon));
  const known = Object.entries(NS).find(([, uri]) => uri === namespace)?.[0];
  return known === undefined ? text : `${known}:${text.slice(colon + 1)}`;
}

function reasonOf(fault: XmlElement): string {
  const texts = childOf(fault, NS.s, 'Reason')?.children ?? [];
  const english = texts.find((one) =>
    attributeOf(one, 'http://www.w3.org/XML/1998/namespace', 'lang')?.toLowerCase().startsWith('en'),
  );
  return (english ?? texts[0])?.text ?? '';
}

function detailOf(fault: XmlElement): string {
  const detail = childOf(fault, NS.s, 'Detail');
  return childOf(detail, NS.wsman, 'FaultDetail')?.text ?? (detail === undefined ? '' : textWithin(detail));
}

function textWithin(element: XmlElement): string {
  return [element.text, ...element.children.map(textWithin)].join(' ');
}

/** Shorter ones are in every text by chance: to blot them out would spoil it and show where they are. */
const SHORTEST_SECRET = 4;

/** The longest first, for one may be a part of another. */
function blot(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, '***'), text);
}
