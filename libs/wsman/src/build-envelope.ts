import { escapeXml } from './escape-xml.ts';
import { ANONYMOUS, NS } from './namespaces.ts';

/** The keys of one instance of a class: name to value. */
export type Selectors = Readonly<Record<string, string>>;

export interface EnvelopeParts {
  /** URL of the service, for wsa:To. */
  readonly endpoint: string;
  readonly action: string;
  readonly resource: string;
  /** `uuid:…`, new for every request that is sent. */
  readonly messageId: string;
  readonly selectors?: Selectors | undefined;
  /** Content of the Body, already XML; the prefixes s, wsa, wsman and wsen are declared for it. */
  readonly body: string;
}

/**
 * A request, in the order in which python-dracclient writes it, which every iDRAC has seen:
 *
 * ```
 * s:Envelope
 *   s:Header
 *     wsa:To            endpoint        mustUnderstand
 *     wsman:ResourceURI class           mustUnderstand
 *     wsa:MessageID     uuid:…          mustUnderstand
 *     wsa:ReplyTo / wsa:Address         anonymous: in the HTTP response
 *     wsa:Action        what to do      mustUnderstand
 *     wsman:SelectorSet / wsman:Selector @Name   which instance (not for Enumerate and Pull)
 *   s:Body
 * ```
 * @throws TypeError for a text that XML cannot carry
 */
export function buildEnvelope({
  endpoint,
  action,
  resource,
  messageId,
  selectors,
  body,
}: EnvelopeParts): string {
  const must = 's:mustUnderstand="true"';
  const chosen = Object.entries(selectors ?? {}).map(
    ([name, value]) =>
      `<wsman:Selector Name="${escapeXml(name, 'a selector')}">${escapeXml(value, 'a selector')}</wsman:Selector>`,
  );
  const header = [
    `<wsa:To ${must}>${escapeXml(endpoint, 'the endpoint')}</wsa:To>`,
    `<wsman:ResourceURI ${must}>${escapeXml(resource, 'the resource')}</wsman:ResourceURI>`,
    `<wsa:MessageID ${must}>${escapeXml(messageId)}</wsa:MessageID>`,
    `<wsa:ReplyTo><wsa:Address>${ANONYMOUS}</wsa:Address></wsa:ReplyTo>`,
    `<wsa:Action ${must}>${escapeXml(action, 'the action')}</wsa:Action>`,
    chosen.length > 0 ? `<wsman:SelectorSet>${chosen.join('')}</wsman:SelectorSet>` : '',
  ].join('');
  return (
    `<?xml version="1.0" encoding="UTF-8"?>` +
    `<s:Envelope xmlns:s="${NS.s}" xmlns:wsa="${NS.wsa}" xmlns:wsman="${NS.wsman}" xmlns:wsen="${NS.wsen}">` +
    `<s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}
