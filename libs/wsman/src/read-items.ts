import { WsmanError } from './errors.ts';
import { NS } from './namespaces.ts';
import { childOf, isNamed, type XmlElement } from './xml-element.ts';

/** Some instances of an enumeration and how to go on. */
export interface Batch {
  readonly items: readonly XmlElement[];
  /** Undefined when these were the last ones. */
  readonly context: string | undefined;
}

/**
 * Reads wsen:EnumerateResponse or wsen:PullResponse. The former holds wsman:Items and wsman:EndOfSequence, the latter those
 * of wsen; both names are understood in both. A missing or empty context ends the sequence too: iDRACs send one with the last items.
 * @throws WsmanError MALFORMED
 */
export function readItems(content: XmlElement, name: 'EnumerateResponse' | 'PullResponse'): Batch {
  if (!isNamed(content, NS.wsen, name))
    throw new WsmanError('MALFORMED', `the answer is no ${name} of WS-Enumeration`);
  const either = (child: string) => childOf(content, NS.wsman, child) ?? childOf(content, NS.wsen, child);
  const context = childOf(content, NS.wsen, 'EnumerationContext');
  if (context !== undefined && context.children.length > 0)
    throw new WsmanError(
      'MALFORMED',
      'the context of the enumeration is an XML structure, which is not supported',
    );
  const text = context?.text.trim() ?? '';
  const ended = either('EndOfSequence') !== undefined || text === '';
  return { items: either('Items')?.children ?? [], context: ended ? undefined : text };
}
