import type { CallClock } from './call-options.ts';
import { escapeXml } from './escape-xml.ts';
import { exchangeAddressed, type Service } from './exchange.ts';
import { NS } from './namespaces.ts';
import { type Batch, readItems } from './read-items.ts';

/**
 * The next instances of an enumeration. Never sent twice: the service has moved on by then.
 *
 * ```
 * s:Body / wsen:Pull / wsen:EnumerationContext, wsman:MaxElements
 * s:Body / wsen:PullResponse / wsen:Items, wsen:EnumerationContext ?, wsen:EndOfSequence ?
 * ```
 */
export async function pull(
  service: Service,
  resource: string,
  context: string,
  clock: CallClock,
): Promise<Batch & { bytes: number }> {
  const body =
    `<wsen:Pull><wsen:EnumerationContext>${escapeXml(context, 'the enumeration context')}</wsen:EnumerationContext>` +
    `<wsman:MaxElements>${service.limits.maxElements}</wsman:MaxElements></wsen:Pull>`;
  const parts = { action: `${NS.wsen}/Pull`, resource, body };
  const { content, bytes } = await exchangeAddressed(service, parts, { repeatable: false }, clock);
  return { ...readItems(content, 'PullResponse'), bytes };
}
