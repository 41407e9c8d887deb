import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { WsmanError } from './errors.ts';
import { DEFAULT_LIMITS, type WsmanLimits } from './limits.ts';
import { resolveReferences } from './resolve-references.ts';
import { scanMarkup } from './scan-markup.ts';
import { firstForbidden } from './xml-characters.ts';
import type { XmlAttribute, XmlElement } from './xml-element.ts';

/**
 * A document's root element, with namespaces resolved (Namespaces in XML 1.0). Refused are: what is not well-formed,
 * document types (so nothing can be declared that grows or is fetched), references other than the five predefined and
 * characters by number, undeclared prefixes, and documents beyond `limits.depth` and `limits.elements`.
 * Error texts hold nothing of the document, which may repeat a secret.
 * @throws WsmanError MALFORMED, TOO_LARGE
 */
export function parseXml(
  text: string,
  limits: Pick<WsmanLimits, 'depth' | 'elements'> = DEFAULT_LIMITS,
): XmlElement {
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
    // Keys of objects are never looked up by a name from the document, so no name is dangerous.
    onDangerousProperty: (name: string) => name,
  });
  try {
    return parser.parse(text) as readonly Node[];
  } catch (error) {
    const deep = error instanceof Error && /nested/i.test(error.message);
    throw malformed(deep ? `more than ${depth} elements inside each other` : 'not well-formed');
  }
}

/** The namespaces that one element declares, linked to those around it: copying them would let a document grow by squaring. */
interface Scope {
  readonly declared: ReadonlyMap<string, string>;
  readonly around: Scope | undefined;
}

const ROOT: Scope = {
  declared: new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]),
  around: undefined,
};

function lookUp(scope: Scope, prefix: string): string | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.around) {
    const found = at.declared.get(prefix);
    if (found !== undefined) return found;
  }
  return prefix === '' ? '' : undefined;
}

function elementOf(node: Node, around: Scope): XmlElement {
  const tag = Object.keys(node).find((key) => key !== ATTRIBUTES) ?? '';
  const raw = Object.entries(node[ATTRIBUTES] ?? {});
  const scope = scopeOf(raw, around);
  const children: XmlElement[] = [];
  const texts: string[] = [];
  for (const inner of node[tag] as readonly Node[]) {
    if (TEXT in inner) texts.push(resolveReferences(String(inner[TEXT])));
    else if (CDATA in inner) texts.push(...(inner[CDATA] as readonly Node[]).map((one) => String(one[TEXT])));
    else children.push(elementOf(inner, scope));
  }
  return {
    ...qualify(tag, scope, true),
    attributes: raw.filter(([name]) => !isDeclaration(name)).map((one) => attributeFrom(one, scope)),
    children,
    text: texts.join(''),
    namespaceOf: (prefix) => lookUp(scope, prefix),
  };
}

function isDeclaration(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}

function scopeOf(attributes: readonly (readonly [string, string])[], around: Scope): Scope {
  const own = attributes.filter(([name]) => isDeclaration(name));
  if (own.length === 0) return around;
  const declared = new Map(own.map(([name, value]) => [name.slice('xmlns:'.length), attributeText(value)]));
  return { declared, around };
}

function attributeFrom([tag, value]: readonly [string, string], scope: Scope): XmlAttribute {
  return { ...qualify(tag, scope, false), value: attributeText(value) };
}

/** White space in attributes counts as spaces (XML 1.0 section 3.3.3) unless it was written as a reference. */
function attributeText(value: string): string {
  return resolveReferences(value.replace(/[\t\n]/g, ' '));
}

/** The default namespace holds for elements only. */
function qualify(tag: string, scope: Scope, isElement: boolean): { namespace: string; name: string } {
  const colon = tag.indexOf(':');
  const prefix = colon < 0 ? '' : tag.slice(0, colon);
  const name = tag.slice(colon + 1);
  const namespace = colon < 0 && !isElement ? '' : lookUp(scope, prefix);
  if (namespace === undefined || name === '' || name.includes(':') || (colon >= 0 && namespace === ''))
    throw malformed('it uses a namespace prefix that it does not declare');
  return { namespace, name };
}

function malformed(what: string): WsmanError {
  return new WsmanError('MALFORMED', `the answer is not usable XML: ${what}`);
}
