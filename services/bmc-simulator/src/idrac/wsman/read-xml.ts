import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element with its namespace resolved; mixed content is not kept apart. */
export interface XmlElement {
  /** '' = none */
  readonly namespace: string;
  readonly name: string;
  /** By name as written; no xmlns ones. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

export class XmlError extends Error {}

/** Envelopes have about ten levels. */
const deepest = 32;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  // A password may begin with a space.
  trimValues: false,
  htmlEntities: true,
});

/** Reads a document. @throws XmlError when it is not well-formed, has a DOCTYPE, or is too deep */
export function readXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text)) throw new XmlError('a DOCTYPE is not allowed');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new XmlError(valid.err.msg);
  const nodes = parser.parse(text) as Node[];
  const root = nodes.find((node) => nameOf(node) !== undefined && !nameOf(node)?.startsWith('?'));
  if (!root) throw new XmlError('there is no element');
  return resolve(root, new Map(), 0);
}

/** The first child of that name. */
export function child(
  element: XmlElement | undefined,
  namespace: string,
  name: string,
): XmlElement | undefined {
  return element?.children.find((other) => other.namespace === namespace && other.name === name);
}

export function childText(
  element: XmlElement | undefined,
  namespace: string,
  name: string,
): string | undefined {
  return child(element, namespace, name)?.text.trim();
}

/** What fast-xml-parser makes of a node: its name is the key beside `:@`, which holds the attributes. */
type Node = Record<string, unknown>;

function nameOf(node: Node): string | undefined {
  return Object.keys(node).find((key) => key !== ':@' && key !== '#text');
}

function resolve(node: Node, inherited: ReadonlyMap<string, string>, depth: number): XmlElement {
  if (depth > deepest) throw new XmlError('it is nested too deeply');
  const qualified = nameOf(node) ?? '';
  const own = (node[':@'] ?? {}) as Record<string, string>;
  const scope = new Map(inherited);
  const attributes = new Map<string, string>();
  for (const [name, value] of Object.entries(own)) {
    if (name === 'xmlns') scope.set('', value);
    else if (name.startsWith('xmlns:')) scope.set(name.slice(6), value);
    else attributes.set(name, value);
  }
  const [prefix, name] = qualified.includes(':') ? split(qualified) : ['', qualified];
  const namespace = scope.get(prefix);
  if (namespace === undefined && prefix !== '') throw new XmlError(`the prefix ${prefix} is not declared`);
  const content = node[qualified] as Node[];
  return {
    namespace: namespace ?? '',
    name,
    attributes,
    children: content
      .filter((other) => nameOf(other) !== undefined)
      .map((other) => resolve(other, scope, depth + 1)),
    text: content.map((other) => (typeof other['#text'] === 'string' ? other['#text'] : '')).join(''),
  };
}

function split(qualified: string): [string, string] {
  const colon = qualified.indexOf(':');
  return [qualified.slice(0, colon), qualified.slice(colon + 1)];
}
