/** An element of a parsed document. Prefixes are resolved and gone; only namespaces and local names count. */
export interface XmlElement {
  /** Empty when the element is in no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** The element's own text as it stands, without that of its children. */
  readonly text: string;
  /** What a prefix means here; '' asks for the default namespace. For names in contents, such as codes of faults. */
  readonly namespaceOf: (prefix: string) => string | undefined;
}

export interface XmlAttribute {
  /** Empty for an attribute without prefix. */
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

/** The first child of this name, whatever its prefix. */
export function childOf(
  parent: XmlElement | undefined,
  namespace: string,
  name: string,
): XmlElement | undefined {
  return parent?.children.find((child) => isNamed(child, namespace, name));
}

export function isNamed(element: XmlElement, namespace: string, name: string): boolean {
  return element.name === name && element.namespace === namespace;
}

export function attributeOf(element: XmlElement, namespace: string, name: string): string | undefined {
  return element.attributes.find((one) => one.name === name && one.namespace === namespace)?.value;
}
