import { NS } from './namespaces.ts';
import { attributeOf, type XmlElement } from './xml-element.ts';

/** One instance of a class, or the output of a method: properties by name. */
export interface Instance {
  /** `DCIM_iDRACCardString`, `SetAttributes_OUTPUT`, … */
  readonly className: string;
  /** Text of a property without white space around it; undefined when absent or xsi:nil, '' when empty. */
  text(name: string): string | undefined;
  /** Every value of a repeated property, in the order of the answer, without those that are xsi:nil. */
  all(name: string): readonly string[];
  /** The element itself, for nested ones such as Job. */
  element(name: string): XmlElement | undefined;
  /** Names of all properties that are there, xsi:nil or not. */
  readonly names: readonly string[];
}

/** Properties are the children in the namespace of the instance itself (WS-CIM, DSP0230). */
export function instanceOf(element: XmlElement): Instance {
  const properties = new Map<string, XmlElement[]>();
  for (const child of element.children) {
    if (child.namespace !== element.namespace) continue;
    const known = properties.get(child.name);
    if (known === undefined) properties.set(child.name, [child]);
    else known.push(child);
  }
  const all = (name: string) =>
    (properties.get(name) ?? []).filter((one) => !isNil(one)).map((one) => one.text.trim());
  return {
    className: element.name,
    text: (name) => all(name)[0],
    all,
    element: (name) => properties.get(name)?.[0],
    names: [...properties.keys()],
  };
}

function isNil(element: XmlElement): boolean {
  const nil = attributeOf(element, NS.xsi, 'nil')?.trim();
  return nil === 'true' || nil === '1';
}
