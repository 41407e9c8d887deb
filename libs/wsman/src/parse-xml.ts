import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { WsmanError } from './errors.ts';
import { DEFAULT_LIMITS, type XmlLimits } from './limits.ts';
import { resolveReferences } from './resolve-references.ts';
import { scanMarkup } from './scan-markup.ts';
import { firstForbidden } from './xml-characters.ts';
import type { XmlAttribute, XmlElement } from './xml-element.ts';

/**
 * A document's root element, with namespaces resolved (Namespaces in XML 1.0). Refused are: what is not well-formed,
 * document types (so nothing can be declared that grows or is fetched), references other than the five predefined and
 * characters by number, undeclared prefixes, and documents beyond `limits`.
 * Error texts hold nothing of the document, which may repeat a secret.
 * @throws WsmanError MALFORMED, TOO_LARGE
 */
export function parseXml(text: string, limits: XmlLimits = DEFAULT_LIMITS): XmlElement {
  if (firstForbidden(text) !== undefined)
    throw malformed('it contains a control character that XML does not have');
  scanMarkup(text, limits);
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw malformed(`not well-formed at line ${verdict.err.line}`);
  const roots = parseNodes(text, limits.depth).filter((node) => !(TEXT in node));
  if (roots.length !== 1 || roots[0] === undefined) throw malformed('not one root element');
  return elementOf(roots[0], ROOT);
}

const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = ':@';

/** A node of fast-xml-parser's `preserveOrder`: its one other key is the tag, or TEXT, or CDATA. */
type Node = { readonly [ATTRIBUTES]?: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>;

function parseNodes(text: string, depth: number): readonly Node[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    // CDATA stays apart because references mean nothing in it; elsewhere they are resolved here, strictly.
    cdataPropName: CDATA,
    processEntities: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: depth,
    jPath: false,
  });
  try {
    return parser.parse(text) as readonly Node[];
  } catch {
    throw malformed('not well-formed');
  }
}

/**
 * What prefixes mean at one place. Scopes are linked, each knows its own declarations only: copying those around it would let
 * a document grow by squaring.
 */
type Scope = (prefix: string) => string | undefined;

const ROOT: Scope = (prefix) =>
  prefix === 'xml' ? 'http://www.w3.org/XML/1998/namespace' : prefix === '' ? '' : undefined;

type RawAttribute = readonly [name: string, value: string];

const NONE: readonly never[] = [];

function elementOf(node: Node, around: Scope): XmlElement {
  const raw = node[ATTRIBUTES] === undefined ? NONE : Object.entries(node[ATTRIBUTES]);
  const scope = scopeOf(raw, around);
  const tag = tagOf(node);
  const children: XmlElement[] = [];
  let text = '';
  for (const inner of node[tag] as readonly Node[]) {
    if (TEXT in inner) text += resolveReferences(String(inner[TEXT]));
    else if (CDATA in inner) for (const part of inner[CDATA] as readonly Node[]) text += String(part[TEXT]);
    else children.push(elementOf(inner, scope));
  }
  return {
    namespace: namespaceOf(tag, scope, true),
    name: localName(tag),
    attributes: attributesOf(raw, scope),
    children,
    text,
    namespaceOf: scope,
  };
}

function tagOf(node: Node): string {
  for (const key of Object.keys(node)) if (key !== ATTRIBUTES) return key;
  // Only names such as `__proto__` vanish, which no service has a reason to use.
  throw malformed('it has an element of a name that cannot be read');
}

function isDeclaration(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}

function scopeOf(raw: readonly RawAttribute[], around: Scope): Scope {
  const own = raw.filter(([name]) => isDeclaration(name));
  if (own.length === 0) return around;
  const declared = new Map(own.map(([name, value]) => [name.slice('xmlns:'.length), attributeText(value)]));
  return (prefix) => declared.get(prefix) ?? around(prefix);
}

function attributesOf(raw: readonly RawAttribute[], scope: Scope): readonly XmlAttribute[] {
  if (raw.length === 0) return NONE;
  return raw
    .filter(([name]) => !isDeclaration(name))
    .map(([name, value]) => ({
      namespace: namespaceOf(name, scope, false),
      name: localName(name),
      value: attributeText(value),
    }));
}

/** White space in attributes counts as spaces (XML 1.0 section 3.3.3) unless it was written as a reference. */
function attributeText(value: string): string {
  return resolveReferences(value.replace(/[\t\n]/g, ' '));
}

/** The default namespace holds for elements only. */
function namespaceOf(tag: string, scope: Scope, isElement: boolean): string {
  const colon = tag.indexOf(':');
  if (colon < 0) return isElement ? (scope('') ?? '') : '';
  const namespace = scope(tag.slice(0, colon));
  if (namespace === undefined || namespace === '' || tag.includes(':', colon + 1))
    throw malformed('it uses a namespace prefix that it does not declare');
  return namespace;
}

function localName(tag: string): string {
  return tag.slice(tag.indexOf(':') + 1);
}

function malformed(what: string): WsmanError {
  return new WsmanError('MALFORMED', `the answer is not usable XML: ${what}`);
}
