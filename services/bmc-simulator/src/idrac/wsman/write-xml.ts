import { anonymous, ns } from './namespaces.ts';

/** XML that is written already; keeps it apart from text that needs escaping. */
export interface Xml {
  readonly xml: string;
}

/** An element with text, with children, empty (undefined) or nil (null). */
export function element(
  name: string,
  content: string | Xml | readonly Xml[] | null | undefined,
  attributes: Readonly<Record<string, string>> = {},
): Xml {
  const written = Object.entries({ ...attributes, ...(content === null && { 'xsi:nil': 'true' }) })
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    .join('');
  const inner = innerOf(content);
  return { xml: inner === '' ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>` };
}

function innerOf(content: string | Xml | readonly Xml[] | null | undefined): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return escapeXml(content);
  return 'xml' in content ? content.xml : content.map(({ xml }) => xml).join('');
}

/** An answer (DSP0226): to anonymous, the action, RelatesTo = the MessageID of the request, an id of its own. */
export function envelope(options: {
  action: string;
  relatesTo: string | undefined;
  messageId: string;
  /** ResourceURI of the elements with the prefix n1. */
  resource?: string | undefined;
  body: Xml | readonly Xml[];
}): string {
  const { action, relatesTo, messageId, resource, body } = options;
  const header = [
    element('wsa:To', anonymous),
    element('wsa:Action', action),
    ...(relatesTo === undefined ? [] : [element('wsa:RelatesTo', relatesTo)]),
    element('wsa:MessageID', messageId),
  ];
  const declared = {
    'xmlns:s': ns.soap,
    'xmlns:wsa': ns.addressing,
    'xmlns:wsen': ns.enumeration,
    'xmlns:wsman': ns.wsman,
    'xmlns:xsi': ns.instance,
    ...(resource !== undefined && { 'xmlns:n1': resource }),
  };
  const content = [element('s:Header', header), element('s:Body', body)];
  return `<?xml version="1.0" encoding="UTF-8"?>${element('s:Envelope', content, declared).xml}`;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? '');
}
