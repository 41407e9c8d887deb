import type { Bmc } from '../bmc/create-bmc.ts';
import { findClass } from './classes.ts';
import type { Contexts } from './create-contexts.ts';
import { Fault, faults } from './faults.ts';
import { classBase, dialects, ns } from './namespaces.ts';
import { parseFilter } from './parse-filter.ts';
import type { WsmanRequest } from './read-request.ts';
import { child, childText, type XmlElement } from './read-xml.ts';
import { element, type Xml } from './write-xml.ts';
import type { Properties, WsmanClass } from './wsman-class.ts';

/** Instances in one answer, whatever a client asks for. */
const mostElements = 100;

/**
 * Enumerate (WS-Enumeration 3.1 with DSP0226 8.2): Enumerate { wsman:Filter?, wsman:OptimizeEnumeration?, wsman:MaxElements? }
 * is answered with EnumerateResponse { wsen:EnumerationContext, wsman:Items?, wsman:EndOfSequence? }: items only when optimised.
 */
export function enumerate(bmc: Bmc, contexts: Contexts, { resource, body }: WsmanRequest): Xml {
  const cimClass = classOf(resource);
  const accepts = readFilter(body, cimClass.name);
  const items = cimClass
    .instances(bmc)
    .filter(accepts)
    .map((instance) => writeInstance(cimClass.name, instance));
  const optimised = child(body, ns.wsman, 'OptimizeEnumeration') !== undefined;
  const count = optimised ? readMaxElements(body, ns.wsman) : 0;
  const rest = items.slice(count);
  const ended = optimised && rest.length === 0 && !bmc.misbehave.endlessPull;
  return element('wsen:EnumerateResponse', [
    element('wsen:EnumerationContext', ended ? undefined : contexts.keep(rest)),
    ...(optimised ? [element('wsman:Items', items.slice(0, count))] : []),
    ...(ended ? [element('wsman:EndOfSequence', undefined)] : []),
  ]);
}

/**
 * Pull (WS-Enumeration 3.2): Pull { wsen:EnumerationContext, wsman:MaxElements? } is answered with
 * PullResponse { wsen:EnumerationContext?, wsen:Items, wsen:EndOfSequence? }. The items' namespace is not that of Enumerate's.
 */
export function pull(bmc: Bmc, contexts: Contexts, { body }: WsmanRequest): Xml {
  const items = contexts.take(childText(body, ns.enumeration, 'EnumerationContext') ?? '');
  if (!items) throw new Fault(faults.unknownContext);
  const count = readMaxElements(body, child(body, ns.enumeration, 'MaxElements') ? ns.enumeration : ns.wsman);
  const rest = bmc.misbehave.endlessPull ? items : items.slice(count);
  const more = rest.length > 0 || bmc.misbehave.endlessPull;
  return element('wsen:PullResponse', [
    ...(more ? [element('wsen:EnumerationContext', contexts.keep(rest))] : []),
    element('wsen:Items', items.slice(0, count)),
    ...(more ? [] : [element('wsen:EndOfSequence', undefined)]),
  ]);
}

/** Get (WS-Transfer 3.1): the instance that the selectors name. */
export function getInstance(bmc: Bmc, request: WsmanRequest): Xml {
  const cimClass = classOf(request.resource);
  return writeInstance(cimClass.name, findInstance(bmc, cimClass, request.selectors));
}

/** @throws Fault when there is no such class */
export function classOf(resource: string): WsmanClass {
  const cimClass = resource.startsWith(classBase) && findClass(resource.slice(classBase.length));
  if (!cimClass) throw new Fault(faults.unknownClass);
  return cimClass;
}

/** @throws Fault when a selector is missing, is none of the class, or names no instance */
export function findInstance(
  bmc: Bmc,
  cimClass: WsmanClass,
  selectors: ReadonlyMap<string, string>,
): Properties {
  const named = [...selectors].filter(([name]) => name !== '__cimnamespace');
  if (cimClass.keys.some((key) => !selectors.has(key))) throw new Fault(faults.missingSelectors);
  if (named.some(([name]) => !cimClass.keys.includes(name))) throw new Fault(faults.wrongSelectors);
  const found = cimClass
    .instances(bmc)
    .find((instance) => named.every(([name, value]) => instance[name] === value));
  if (!found) throw new Fault(faults.wrongSelectors);
  return found;
}

/** `<n1:Class><n1:Property>…` in the order given; several values are the element repeated. */
export function writeInstance(name: string, properties: Properties, more: readonly Xml[] = []): Xml {
  const children = Object.entries(properties).flatMap(([property, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => element(`n1:${property}`, one)),
  );
  return element(`n1:${name}`, [...children, ...more]);
}

function readFilter(body: XmlElement | undefined, className: string): (instance: Properties) => boolean {
  const filter = child(body, ns.wsman, 'Filter');
  if (!filter) return () => true;
  const dialect = filter.attributes.get('Dialect');
  if (dialect !== dialects.cql && dialect !== dialects.wql) throw new Fault(faults.unknownDialect);
  return parseFilter(filter.text, className);
}

/** One, where a client does not say (WS-Enumeration 3.2). */
function readMaxElements(body: XmlElement | undefined, namespace: string): number {
  const text = childText(body, namespace, 'MaxElements') ?? '1';
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Fault(faults.malformed);
  return Math.min(Number(text), mostElements);
}
